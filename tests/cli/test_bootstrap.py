"""cli/bootstrap.sh on machines that lack something."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import ROOT

PLAIN_TOOLS = ("sh", "dirname", "mkdir", "id", "touch")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the script reads, in a folder of its own, and a PATH with almost nothing on it."""
    (tmp_path / "cli").mkdir()
    for name in ("cli/bootstrap.sh", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in PLAIN_TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def bootstrap(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the script."""
    return subprocess.run(
        [str(checkout / "cli" / "bootstrap.sh"), *arguments],
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def pretend(path: Path, script: str) -> None:
    """A program that does what a line of shell says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_no_python_is_said_in_one_line(checkout: Path) -> None:
    ended = bootstrap(checkout)
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert "3.11" in line


def test_an_old_python_is_refused_in_one_line(checkout: Path) -> None:
    pretend(checkout / "bin" / "python3", "exit 1")
    ended = bootstrap(checkout)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


def test_neither_uv_nor_pip_is_said_in_one_line(checkout: Path) -> None:
    """A Python without pip, venv and ensurepip, as Debian ships it."""
    pretend(
        checkout / "bin" / "python3", 'case "$*" in "-c import os"*) echo python3;; "-c"*) exit 0;; *) exit 1;; esac'
    )
    ended = bootstrap(checkout)
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert "pip" in line


def test_a_second_run_needs_nothing(checkout: Path) -> None:
    pretend(checkout / ".venv" / "bin" / "python", "exit 0")
    (checkout / ".venv" / ".ostiary-dev").touch()
    for arguments in ((), ("--dev",)):
        ended = bootstrap(checkout, *arguments)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_package_of_the_system_is_not_installed_in_silence(checkout: Path) -> None:
    """The superuser of a Debian without pip; here the installation fails, and that is said next."""
    pretend(
        checkout / "bin" / "python3", 'case "$*" in "-c import os"*) echo python3;; "-c"*) exit 0;; *) exit 1;; esac'
    )
    (checkout / "bin" / "id").unlink()
    pretend(checkout / "bin" / "id", "echo 0")
    pretend(checkout / "bin" / "apt-get", "exit 1")
    ended = bootstrap(checkout)
    assert ended.returncode == 2
    announced, missing = ended.stderr.splitlines()
    assert "python3-pip" in announced
    assert "pip" in missing
