"""`ostiary up` while it runs: what it says, what it serves, what happens when something dies."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.cli.running import RunningPair, eventually, is_gone, ostiary, running_pair, started

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared pair keeps its data and its key."""
    return tmp_path_factory.mktemp("up")


@pytest.fixture(scope="module")
def pair(folder: Path) -> Iterator[RunningPair]:
    """One pair for the tests that leave it running; it logs everything it can."""
    with running_pair(folder, start=started, OSTIARY_LOG_LEVEL="DEBUG") as running:
        yield running


def test_both_servers_answer_once_the_lines_appear(pair: RunningPair) -> None:
    assert pair.health("auth").json()["status"] == "ok"
    assert pair.health("mcp").json()["status"] == "ok"


def test_the_lines_name_what_a_person_needs(pair: RunningPair, folder: Path) -> None:
    [key] = (folder / "config" / "ostiary").glob("*.key")
    for needed in (pair.mcp_url, f"{pair.issuer}/account/apps", str(key), str(folder / "data")):
        assert needed in pair.said


def test_the_first_start_gives_the_link_that_makes_an_administrator(pair: RunningPair) -> None:
    """AS-119: the link is on the console, and the page it opens is there."""
    [link] = [line.strip() for line in pair.said.splitlines() if "/setup?token=" in line]
    assert httpx2.get(link).status_code == 200


def test_the_public_addresses_follow_the_ports(pair: RunningPair) -> None:
    metadata = httpx2.get(f"{pair.issuer}/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == pair.issuer
    refused = httpx2.post(pair.mcp_url, json={})
    assert refused.status_code == 401
    assert pair.mcp_url.removesuffix("/mcp") in refused.headers["WWW-Authenticate"]


def test_links_that_commands_make_lead_to_the_running_server(pair: RunningPair, folder: Path) -> None:
    said = ostiary(folder, "users", "invite").stdout
    [link] = [line for line in said.splitlines() if "/invitation?token=" in line]
    assert link.startswith(pair.issuer)
    assert httpx2.get(link).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_localhost_means_both_loopback_families(pair: RunningPair, address: str) -> None:
    for url in (pair.issuer, pair.mcp_url):
        socket.create_connection((address, httpx2.URL(url).port), timeout=10).close()


def test_no_query_string_reaches_the_log(pair: RunningPair) -> None:
    """AS-64, AS-110: at the most talkative level, sent to both servers."""
    httpx2.get(f"{pair.issuer}/login?next=/sentinel-of-a-query")
    httpx2.post(f"{pair.mcp_url}?token=sentinel-of-a-query", json={})
    assert pair.health("mcp").status_code == 200
    assert "sentinel-of-a-query" not in pair.said


def test_no_header_names_the_software(pair: RunningPair) -> None:
    assert "server" not in pair.health("auth").headers
    assert "server" not in pair.health("mcp").headers


@pytest.mark.parametrize("server", ["auth", "mcp"])
def test_a_killed_server_is_started_again(pair: RunningPair, server: str) -> None:
    killed = pair.children()[server]
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: pair.children().get(server, killed) != killed)
    # The supervisor holds the port: a request waits for the new process instead of being refused.
    assert pair.health(server).json()["status"] == "ok"


def test_one_ctrl_c_ends_both_and_nothing_open_holds_it_up(tmp_path: Path) -> None:
    """The change feed's long poll and a client that says nothing are open meanwhile."""
    with running_pair(tmp_path, start=started) as pair:
        children = pair.children()
        assert set(children) == {"auth", "mcp"}
        with socket.create_connection(("127.0.0.1", httpx2.URL(pair.issuer).port), timeout=10):
            assert pair.end(signal.SIGINT) == 0
        assert all(map(is_gone, children.values()))
        assert len(pair.said.splitlines()) < 20, pair.said


def test_sigterm_ends_both_and_an_administrator_ends_the_link(tmp_path: Path) -> None:
    made = ostiary(tmp_path, "users", "create", "--email=a@example.org", "--admin", "--password-stdin", given="a" * 12)
    assert made.returncode == 0, made.stderr
    with running_pair(tmp_path) as pair:
        assert "/setup?token=" not in pair.said
        children = pair.children()
        assert pair.end(signal.SIGTERM) == 0
        assert all(map(is_gone, children.values()))


def test_a_killed_supervisor_leaves_no_orphans(pair: RunningPair) -> None:
    """The last of this module, since it ends the shared pair."""
    children = pair.children()
    assert set(children) == {"auth", "mcp"}
    assert pair.end(signal.SIGKILL) == -signal.SIGKILL
    assert all(map(is_gone, children.values()))
