"""A misspelt setting is said, and stops nothing."""

from pathlib import Path

from tests.cli.running import ostiary

TAKEN = ("--auth-port", "9", "--mcp-port", "9")  # so that the start ends at once


def test_a_misspelt_setting_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    ended = ostiary(tmp_path, "up", *TAKEN, settings={"OSTIARY_ISUER": "https://sentinel.example.org"})
    warning = ended.stderr.splitlines()[0]
    assert "OSTIARY_ISUER" in warning
    assert "OSTIARY_ISSUER" in warning
    assert "sentinel" not in ended.stderr


def test_known_settings_are_not_warned_of(tmp_path: Path) -> None:
    ended = ostiary(tmp_path, "up", *TAKEN, settings={"OSTIARY_RESOURCE_FEED_GRACE": "30"})
    assert "did you mean" not in ended.stderr
