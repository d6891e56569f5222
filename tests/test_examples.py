"""The examples, run as their README says, against both servers."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.auth_harness import answer_parameters
from tests.cli.running import PATIENCE, ROOT, RunningPair, ostiary, running_pair
from tests.consent_form import approve_in_browser, sign_in_browser
from tests.loopback import LOOPBACK

EMAIL = "ada@example.org"
PASSWORD = "correct horse battery staple"
NOBODY = "http://127.0.0.1:1/mcp"
STUBBORN_BROWSER = """
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
import httpx2

query = parse_qs(urlsplit(sys.argv[1]).query)
callback, state = query["redirect_uri"][0], query["state"][0]
icon = httpx2.get(callback.replace("/callback", "/favicon.ico"))
page = httpx2.get(callback, params={"error": "access_denied", "state": state, "error_description": "They said no."})
Path(sys.argv[2]).write_text(f"{icon.status_code} {page.text}")
"""

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPair]:
    """Both servers and one person."""
    folder = tmp_path_factory.mktemp("examples")
    person = ("users", "create", "--email", EMAIL, "--password-stdin")
    assert ostiary(folder, *person, given=PASSWORD).returncode == 0
    with running_pair(folder) as running:
        yield running


def start_demo(*arguments: str, browser: str = "true") -> subprocess.Popen[str]:
    """The demo as a process of its own, with a browser that does what the test says."""
    return subprocess.Popen(
        [sys.executable, "-m", "examples.demo_client", *arguments],
        cwd=ROOT,
        env=os.environ | {"BROWSER": browser},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused_demo(*arguments: str, given: str = "", browser: str = "true") -> str:
    """The one line in which the demo says why it could not go on."""
    demo = start_demo(*arguments, browser=browser)
    _, wrong = demo.communicate(given, PATIENCE)
    assert demo.returncode == 1, wrong
    [line] = wrong.splitlines()
    return line


def test_the_demo_stores_and_recalls(pair: RunningPair) -> None:
    demo = start_demo("--url", pair.mcp_url, "--user", EMAIL)
    said, wrong = demo.communicate(PASSWORD, PATIENCE)
    assert demo.returncode == 0, wrong
    last = said.splitlines()[-1]
    assert last.startswith("Recalled:")
    assert "coffee" in last
    assert PASSWORD not in said
    assert all(line.partition(":")[2].startswith(" ") for line in said.splitlines())


def test_a_person_who_says_no_is_told_so_here_and_in_the_browser(pair: RunningPair, tmp_path: Path) -> None:
    script, seen = tmp_path / "browser.py", tmp_path / "seen"
    script.write_text(STUBBORN_BROWSER)
    line = refused_demo("--url", pair.mcp_url, browser=f"{sys.executable} {script} %s {seen}")
    assert "They said no." in line
    status, _, page = seen.read_text().partition(" ")
    assert status == "404"
    assert "not connected" in page.lower()


def test_ctrl_c_ends_it_in_one_line(pair: RunningPair) -> None:
    demo = start_demo("--url", pair.mcp_url)
    assert demo.stdout is not None
    assert any(line.startswith("Waiting for you") for line in demo.stdout)
    demo.send_signal(signal.SIGINT)
    _, wrong = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 130
    assert len(wrong.splitlines()) == 1


def test_the_curl_lines_of_the_docs_store_a_memory(pair: RunningPair) -> None:
    """The person of step 4 is played by a browser without a screen."""
    page = (ROOT / "docs" / "quick-start" / "own-agent.md").read_text()
    [script] = re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S)
    for address, here in (("localhost:8000", httpx2.URL(pair.mcp_url)), ("localhost:9000", httpx2.URL(pair.issuer))):
        script = script.replace(address, here.netloc.decode())
    shell = subprocess.Popen(
        ["sh", "-euc", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert shell.stdout is not None
    said = []
    for line in shell.stdout:
        said.append(line)
        if "/authorize?" in line:
            break
    stored, wrong = shell.communicate(f"{agreed(pair, said[-1].strip())}\n", PATIENCE)
    assert shell.returncode == 0, wrong
    assert said[0].lower().startswith("www-authenticate: bearer")
    assert json.loads(said[1])["resource"] == pair.mcp_url
    assert json.loads(said[2])["issuer"] == pair.issuer
    assert json.loads(stored)["result"]["structuredContent"]["namespace"] == "personal"


def agreed(pair: RunningPair, authorization_url: str) -> str:
    """The code a person copies from the address their browser ends at."""
    with httpx2.Client(base_url=pair.issuer, **LOOPBACK) as browser:
        sign_in_browser(browser, EMAIL, PASSWORD)
        asked = dict(httpx2.URL(authorization_url).params)
        return answer_parameters(approve_in_browser(browser, asked, {}))["code"]


def test_nobody_there_is_said_in_one_line_with_what_to_try() -> None:
    line = refused_demo("--url", NOBODY)
    assert NOBODY in line
    assert "make run" in line
    assert "make demo URL=" in line


@pytest.mark.parametrize("path", ["/wrong", ""])
def test_a_wrong_address_is_said_in_one_line(pair: RunningPair, path: str) -> None:
    url = f"{pair.issuer}{path}"
    assert url in refused_demo("--url", url)


@pytest.mark.parametrize("url", ["localhost:8000/mcp", "http://[", "http://localhost:port/mcp"])
def test_what_is_no_address_is_said_in_one_line(url: str) -> None:
    assert url in refused_demo("--url", url)


def test_an_empty_password_is_not_tried() -> None:
    assert "password" in refused_demo("--url", NOBODY, "--user", EMAIL, given="\n")
