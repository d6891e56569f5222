"""G30: the example of an MCP client with resources and progress, run as its README says."""

import os
import subprocess
import sys

import pytest

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.test_tools import holder, names
from tests.key_holders import KeyHolder

PATIENCE = 60


@pytest.fixture
def app(doors: Doors, behind: Behind, upstream_url: str) -> KeyHolder:
    """A program that may use every server; there is one, `fix`."""
    behind.http("fix", upstream_url)
    app = holder(doors)
    wait_until(lambda: "fix__add" in names(app))
    return app


def run_client(url: str, key: str, *options: str) -> subprocess.CompletedProcess[str]:
    """The example as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "examples.mcp_client", "--url", url, *options],
        env=os.environ | {"GATEWAY_KEY": key},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def said_to(app: KeyHolder, *options: str) -> list[str]:
    """The lines it prints."""
    ended = run_client(app.mcp_url, app.secret, *options)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_the_client_lists_and_reads_and_shows_the_progress_of_a_tool(app: KeyHolder) -> None:
    """G30."""
    said = said_to(app)
    assert "tool      fix__add: Adds two numbers." in said
    assert any(line.startswith("template  ") for line in said)
    [listed] = [line.split()[1].rstrip(":") for line in said if line.startswith("resource  ")]
    assert said_to(app, "--read", listed) == ["one and two"]
    steps = said_to(app, "--call", "fix__sleep", '{"seconds": 0.3}')
    assert steps == ["  1 of 3  step 1", "  2 of 3  step 2", "  3 of 3  step 3", "slept"]


def test_what_goes_wrong_is_said_in_one_line(app: KeyHolder) -> None:
    for key, options, said in (
        (app.secret, ("--call", "fix__fail", "{}"), "The tool failed."),
        ("ost_nonsense", (), "did not do it"),
    ):
        ended = run_client(app.mcp_url, key, *options)
        assert ended.returncode == 1
        assert [said in line for line in ended.stderr.splitlines()] == [True], ended.stderr
