"""The MCP Inspector's page in a real Chromium, from entering our address to being disconnected and asking anew.

The tests follow one connection through its life, in this order. The command line is in `test_foreign_clients.py`.
"""

from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest
import time_machine

from shared.clock import now
from tests.chromium_person import Chromium, ChromiumPerson
from tests.clients.desktop import Desktop
from tests.clients.inspector_cli import INSPECTOR
from tests.clients.inspector_page import InspectorPage, InspectorServer
from tests.clients.seen import Flow, Identity, Seen, npm_package
from tests.clients.watched_doors import WatchedDoors
from tests.consent_form import PASSWORD
from tests.doors import Person, wait_until

pytestmark = [pytest.mark.foreign, pytest.mark.browser, pytest.mark.xdist_group("inspector")]

LEGACY = "2025-11-25"


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedDoors]:
    """Both servers, patient when the clock is turned."""
    with WatchedDoors(tmp_path_factory.mktemp("doors"), feed_grace=3600) as watched:
        yield watched


@pytest.fixture(scope="module")
def desktop(doors: WatchedDoors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """Where somebody runs the Inspector."""
    with Desktop(doors.person(), tmp_path_factory.mktemp("home")) as desktop:
        yield desktop


@pytest.fixture(scope="module")
def page(doors: WatchedDoors, desktop: Desktop, chromium: Chromium) -> Iterator[InspectorPage]:
    """The Inspector's page in a Chromium of that person, who has entered our address."""
    with InspectorServer(desktop) as inspector:
        page = InspectorPage(ChromiumPerson(chromium, doors.issuer, desktop.person.email, PASSWORD))
        page.add_server(inspector, doors.mcp_url)
        yield page


def saw(seen: Seen, *flows: Flow) -> None:
    """The page registers, and speaks the older era unless it is told otherwise."""
    seen("MCP Inspector", npm_package(INSPECTOR), LEGACY, Identity.REGISTRATION, *flows)


def test_the_page_connects_when_its_person_consents(page: InspectorPage, seen: Seen) -> None:
    assert page.connect() == LEGACY
    assert {"memory_store", "memory_search"} <= page.tools()
    saw(seen, Flow.SIGN_IN, Flow.LIST_TOOLS)


def test_what_the_page_stores_it_finds(page: InspectorPage, seen: Seen) -> None:
    assert '"created": true' in page.call("memory_store", text="Grace keeps bees.")
    assert "Grace keeps bees." in page.call("memory_search", query="bees")
    saw(seen, Flow.STORE_AND_SEARCH)


def test_the_page_renews_an_expired_token(page: InspectorPage, doors: WatchedDoors, seen: Seen) -> None:
    """RFC 6749 §6: after a 401, without the person."""
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert "Grace keeps bees." in page.call("memory_recall", query="Grace")
    assert doors.grants_heard().count("refresh_token") == 1
    saw(seen, Flow.REFRESH)


def test_the_page_asks_anew_after_it_was_disconnected(
    page: InspectorPage, doors: WatchedDoors, desktop: Desktop, seen: Seen
) -> None:
    """AS-38: it goes to the consent page by itself, and on from there with a grant of its own.

    What it shows then is not looked at: its way back races with the stream it had before.
    """
    desktop.disconnect_everything()
    wait_until_revocations_are_known(doors, desktop.person)
    codes_before = doors.grants_heard().count("authorization_code")
    page.start("memory_stats")
    page.consent()
    wait_until(lambda: doors.grants_heard().count("authorization_code") == codes_before + 1)
    saw(seen, Flow.REVOCATION, Flow.RECONNECT)


def wait_until_revocations_are_known(doors: WatchedDoors, person: Person) -> None:
    """The MCP server hears of them in their order, so what was revoked before is known with this one."""
    last = person.connect()
    doors.revoke(last)
    wait_until(lambda: last.call("memory_stats").status_code == httpx2.codes.UNAUTHORIZED)
