"""Fixtures of the authorization server: `auth`, and `ada`, who is signed in."""

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
