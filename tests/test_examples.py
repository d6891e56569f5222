"""The examples, run as their README says, against both servers."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import ROOT, ostiary, running_pair

PASSWORD = "correct horse battery staple"


@pytest.mark.xdist_group("up")
def test_the_demo_stores_and_recalls(tmp_path: Path) -> None:
    person = ("users", "create", "--email", "ada@example.org", "--password-stdin")
    assert ostiary(tmp_path, *person, given=PASSWORD).returncode == 0
    with running_pair(tmp_path) as pair:
        demo = subprocess.run(
            [sys.executable, "-m", "examples.demo_client", "--url", pair.mcp_url, "--user", "ada@example.org"],
            cwd=ROOT,
            input=PASSWORD,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert demo.returncode == 0, demo.stderr
    last = demo.stdout.splitlines()[-1]
    assert last.startswith("Recalled:")
    assert "coffee" in last
    assert PASSWORD not in demo.stdout


def test_the_demo_says_in_one_line_that_nothing_is_there() -> None:
    demo = subprocess.run(
        [sys.executable, "-m", "examples.demo_client", "--url", "http://127.0.0.1:1/mcp"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert demo.returncode == 1
    assert len(demo.stderr.splitlines()) == 1
