"""What `make` says before it starts anything."""

import subprocess

import pytest

from tests.cli.running import ROOT


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end."""
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize("variable", ["PORTS", "DATA", "PUBLIC_URL", "URL"])
def test_help_shows_every_variable_with_an_example(variable: str) -> None:
    assert f" {variable}=" in make("help").stdout


@pytest.mark.parametrize("typed", ["8640,8641", "8640 8641"])
def test_ports_without_options_are_told_how_they_are_written(typed: str) -> None:
    done = make("run", f"PORTS={typed}")
    assert done.returncode != 0
    assert "--auth-port" in done.stderr
