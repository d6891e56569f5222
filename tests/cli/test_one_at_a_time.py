"""One data folder, one Ostiary: a second `ostiary up` is refused before it changes anything."""

from pathlib import Path

import pytest

from tests.cli.running import ostiary, running_pair

pytestmark = pytest.mark.xdist_group("up")

FREE_PORTS = ("--auth-port", "0", "--mcp-port", "0")


def test_a_second_one_on_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with running_pair(tmp_path) as first:
        second = ostiary(tmp_path, "up", *FREE_PORTS)
        assert second.returncode == 2
        [line] = second.stderr.splitlines()
        assert str(tmp_path / "data") in line
        assert f"process {first.process.pid}" in line
        assert first.health("mcp").json()["revocations"] == "fresh"
    with running_pair(tmp_path) as third:
        assert third.health("auth").json()["status"] == "ok"


def test_commands_work_beside_a_running_one(tmp_path: Path) -> None:
    with running_pair(tmp_path):
        made = ostiary(tmp_path, "users", "create", "--email", "ada@example.org", "--password-stdin", given="a" * 12)
    assert made.returncode == 0, made.stderr
