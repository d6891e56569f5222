"""Fixtures of the commands."""

import pytest

from tests.auth_harness import AuthHarness


@pytest.fixture
def beside(ada: AuthHarness, monkeypatch: pytest.MonkeyPatch) -> AuthHarness:
    """A running authorization server, with Ada signed in, on the data folder that commands use."""
    monkeypatch.setenv("OSTIARY_DATA_DIR", str(ada.settings.data_dir))
    return ada
