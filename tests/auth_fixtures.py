"""Fixtures of the authorization server: `auth`; `ada`, who is signed in; and `settled`, one server for a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.auth_harness import AuthHarness, auth_settings


@pytest.fixture
def auth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthHarness]:
    """An authorization server of its own, with its key outside of its data folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    harness = AuthHarness(auth_settings(tmp_path))
    with harness.http:
        yield harness


@pytest.fixture
def ada(auth: AuthHarness) -> AuthHarness:
    """The same server, with one person signed in."""
    auth.create_user()
    auth.sign_in()
    return auth


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthHarness]:
    """A server with Ada signed in, for the many statements about single requests: each brings its own client.

    Time travel of more than minutes needs `ada`: the browser would forget its cookies.
    """
    folder = tmp_path_factory.mktemp("settled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        harness = AuthHarness(auth_settings(folder, registrations_per_hour=100_000))
    with harness.http:
        harness.create_user()
        harness.sign_in()
        yield harness
