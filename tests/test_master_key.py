"""The master key's file: made once, never half."""

import os
from pathlib import Path

import pytest

from shared.installation import open_installation
from shared.master_key import default_path, load_master_key


def test_a_draft_left_by_a_killed_process_of_the_same_id_stops_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container every start has the same process id."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    installation = open_installation(tmp_path / "data")
    path = default_path(installation)
    path.parent.mkdir(parents=True)
    path.with_name(f"{path.name}.{os.getpid()}").write_text("half")
    assert len(load_master_key(installation, None, None).material) == 32
