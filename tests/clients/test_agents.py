"""Claude Code and Codex, unchanged, in homes of their own: each signs in, works, renews and is disconnected.

Their makers' metadata documents are served by a web of the test's; every other host is out of their reach.
The tests of one way to connect follow one installation through its life, in this order.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.scopes import Scope
from tests.clients import claude_code, codex
from tests.clients.claude_code import ClaudeCode
from tests.clients.codex import Codex
from tests.clients.desktop import Desktop
from tests.clients.foreign_app import RefusedError
from tests.clients.seen import Flow, Identity, Seen, npm_package
from tests.clients.watched_doors import WatchedDoors
from tests.doors import wait_until

pytestmark = pytest.mark.agents

Agent = ClaudeCode | Codex

SESSIONS = 2
ONE_MINUTE = 60.0


@dataclass(frozen=True)
class Maker:
    """An agent as its maker ships it, and the document that speaks for it."""

    name: str
    package: str
    document: dict[str, Any]
    install: Callable[[str, Desktop], Agent]


MAKERS = [
    Maker("Claude Code", claude_code.PACKAGE, claude_code.DOCUMENT, ClaudeCode),
    Maker("Codex", codex.PACKAGE, codex.DOCUMENT, Codex),
]


@dataclass
class Life:
    """One agent that its person has just connected."""

    maker: Maker
    identity: Identity
    doors: WatchedDoors
    desktop: Desktop
    agent: Agent


def ways() -> Iterator[object]:
    """Each agent, known by its document and by registration; one worker follows one of them."""
    for maker in MAKERS:
        for identity in (Identity.DOCUMENT, Identity.REGISTRATION):
            name = f"{maker.name} {identity}".replace(" ", "-")
            yield pytest.param((maker, identity), id=name, marks=pytest.mark.xdist_group(name))


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedDoors]:
    """Both servers, and the makers' hosts."""
    with WatchedDoors(tmp_path_factory.mktemp("doors")) as watched:
        for maker in MAKERS:
            watched.web.serve(maker.document["client_id"], maker.document)
        yield watched


@pytest.fixture(scope="module", params=ways())
def life(
    request: pytest.FixtureRequest, doors: WatchedDoors, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Life]:
    """Signed in; where documents are turned off, agents register."""
    maker, identity = request.param
    registering = nullcontext() if identity == Identity.DOCUMENT else doors.without_documents()
    with registering, Desktop(doors.person(), tmp_path_factory.mktemp("home")) as desktop:
        agent = maker.install(doors.mcp_url, desktop)
        agent.sign_in()
        yield Life(maker, identity, doors, desktop, agent)


@pytest.fixture
def seen_passing(life: Life, seen: Seen) -> Callable[..., None]:
    """Says which flows this way of connecting got through."""
    package = npm_package(life.maker.package)
    return lambda *flows: seen(life.maker.name, package, life.doors.protocol_heard(), life.identity, *flows)


def test_an_agent_connects_when_its_person_consents(life: Life, seen_passing: Callable[..., None]) -> None:
    """AS-3: loopback addresses of documents name no port."""
    (asked,) = [parse_qs(urlsplit(url).query) for url in life.desktop.opened]
    assert (asked["client_id"] == [life.maker.document["client_id"]]) == (life.identity == Identity.DOCUMENT)
    assert urlsplit(asked["redirect_uri"][0]).port
    assert {"memory_store", "memory_search", "search", "fetch"} <= life.agent.tools()
    seen_passing(Flow.SIGN_IN, Flow.LIST_TOOLS)


def test_what_it_stores_it_finds(life: Life, seen_passing: Callable[..., None]) -> None:
    stored, found = life.agent.work(
        ("memory_store", {"text": "Grace keeps bees."}), ("memory_search", {"query": "bees"})
    )
    assert [(memory["id"], memory["text"]) for memory in found["results"]] == [(stored["id"], "Grace keeps bees.")]
    seen_passing(Flow.STORE_AND_SEARCH)


def test_an_expired_token_is_renewed_without_the_person(life: Life, seen_passing: Callable[..., None]) -> None:
    """RFC 6749 §6."""
    before, pages = life.agent.refresh_token, len(life.desktop.opened)
    life.agent.let_token_expire()
    assert life.agent.work(("memory_stats", {}))[0]["total"] == 1
    assert life.agent.refresh_token != before
    assert len(life.desktop.opened) == pages
    seen_passing(Flow.REFRESH)


def test_a_session_that_missed_a_renewal_goes_on(life: Life) -> None:
    """AS-53: it renews with the token that another session has just used, and gets the same successor."""
    life.agent.let_token_expire()
    missed = life.agent.credentials.read_text()
    life.agent.work(("memory_stats", {}))
    renewed = life.agent.refresh_token
    life.agent.credentials.write_text(missed)
    assert life.agent.work(("memory_stats", {}))[0]["total"] == 1
    assert life.agent.refresh_token == renewed


def test_sessions_that_start_at_the_same_moment_all_go_on(life: Life) -> None:
    """AS-53: that one of them renews the token which they share throws none of the others out."""
    life.agent.let_token_expire()
    with ThreadPoolExecutor(SESSIONS) as sessions:
        answers = [sessions.submit(life.agent.work, ("memory_stats", {})) for _ in range(SESSIONS)]
        assert [answer.result()[0]["total"] for answer in answers] == [1] * SESSIONS


def test_an_agent_goes_on_with_what_its_person_leaves_it(life: Life) -> None:
    """AS-54: it renews with the scope it was granted at first, and gets what an edit of the grant has left of it."""
    life.doors.edit_grants_of(life.desktop.person, (Scope.MEMORY_READ,))
    life.agent.let_token_expire()
    assert "memory_store" not in life.agent.tools()
    assert life.agent.work(("memory_stats", {}))[0]["total"] == 1


def test_a_disconnected_agent_is_refused_until_its_person_consents_anew(
    life: Life, seen_passing: Callable[..., None]
) -> None:
    """AS-38."""
    life.desktop.disconnect_everything()
    with pytest.raises(RefusedError):
        wait_until(lambda: not life.agent.work(("memory_stats", {})), ONE_MINUTE)
    life.agent.sign_in()
    assert life.agent.work(("memory_stats", {}))[0]["total"] == 1
    seen_passing(Flow.REVOCATION, Flow.RECONNECT)


def test_an_agent_that_logs_out_gives_its_tokens_back(life: Life) -> None:
    """RFC 7009 §2.1: Claude Code revokes its grant when it logs out; Codex only forgets its tokens."""
    life.agent.log_out()
    with pytest.raises(RefusedError):
        life.agent.work(("memory_stats", {}))
    is_left = "/account/apps/disconnect" in life.desktop.person.browser.get("/account/apps").text
    assert is_left == (life.maker.name == "Codex")
