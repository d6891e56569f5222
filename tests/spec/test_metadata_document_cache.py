"""CIMD §4.3, §4.4: how long a document is kept, what is never kept, and what serves while its host is down."""

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import httpx2
import pytest
from sqlalchemy import insert
from sqlmodel import Session, select

from auth_server.documents.cache import MOST_UNUSED
from auth_server.models import Client, ClientOrigin
from shared.clock import now
from tests.auth_harness import AuthHarness, RegisteredClient, later
from tests.consent_form import consent_fields, own_origin
from tests.document_clients import CLAUDE, claiming, publish
from tests.document_host import DocumentHost, proper_answer

HOUR, DAY = 3600, 24 * 3600
TOGETHER = 8


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        (None, HOUR),
        ("max-age=600", 600),
        ("public, max-age=7200, immutable", 7200),
        ("max-age=60", 300),
        ("max-age=0", 300),
        ("no-store", 300),
        ("no-cache, max-age=7200", 300),
        ("max-age=9999999999", DAY),
        ("max-age=soon", HOUR),
    ],
)
def test_a_document_is_kept_as_long_as_its_host_says_within_bounds(
    reader: AuthHarness, web: DocumentHost, app_id: str, cache_control: str | None, seconds: int
) -> None:
    """AS-77, CIMD §4.4, RFC 9111 §5.2: at least five minutes, at most a day, an hour where nothing is said."""
    app = publish(web, app_id, cache_control=cache_control)
    reads = []
    for delay in (0, seconds - 5, seconds + 5):
        with later(seconds=delay):
            assert reader.authorize(app).status_code == 200
            reads.append(web.count(app_id))
    assert reads == [1, 1, 2]


def test_a_document_read_anew_is_what_counts(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-77, CIMD §4.4: the page shows what the document says since it was due."""
    assert "Connect Old" in reader.authorize(publish(web, app_id, client_name="Old")).text
    app = publish(web, app_id, client_name="New")
    assert "Connect Old" in reader.authorize(app).text
    with later(hours=2):
        assert "Connect New" in reader.authorize(app).text


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_failures_are_never_kept(reader: AuthHarness, web: DocumentHost, app_id: str, body: bytes) -> None:
    """AS-77, CIMD §4.4: neither an error nor an invalid document; moments later the right one counts."""
    web.serve(app_id, body, status=200 if body else 404)
    assert reader.authorize(claiming(app_id)).status_code == 400
    app = publish(web, app_id)
    with later(seconds=11):
        assert reader.authorize(app).status_code == 200


def test_a_failure_is_not_repeated_at_once(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-79: ten seconds; whoever reloads the page does not knock at the host again."""
    web.serve(app_id, b"", status=404)
    answers = [reader.authorize(claiming(app_id)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert web.count(app_id) == 1
    with later(seconds=11):
        reader.authorize(claiming(app_id))
    assert web.count(app_id) == 2


@pytest.mark.parametrize(("hours_after_due", "status"), [(0.1, 200), (23.9, 200), (24.1, 400)])
def test_a_good_document_serves_while_its_host_is_down(
    reader: AuthHarness, web: DocumentHost, app_id: str, hours_after_due: float, status: int
) -> None:
    """AS-77: for a day after it was due; claude.ai answered 503 for hours on 2026-07-06, and nobody had to notice."""
    app = publish(web, app_id)
    assert reader.authorize(app).status_code == 200
    web.serve(app_id, b"", status=503)
    with later(hours=1 + hours_after_due):
        assert reader.authorize(app).status_code == status
    assert web.count(app_id) == 2


def test_a_name_that_does_not_resolve_is_a_host_that_is_down(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-77: whatever keeps the host from answering."""
    app = publish(document_host, CLAUDE)
    assert reading.authorize(app).status_code == 200
    document_host.names.unknown.add("claude.ai")
    with later(hours=2):
        assert reading.authorize(app).status_code == 200
    with later(hours=26):
        assert reading.authorize(app).status_code == 400


@pytest.mark.parametrize(("status", "body"), [(404, b""), (410, b""), (403, b""), (200, b"{}"), (200, b"<html>")])
def test_a_document_that_was_withdrawn_connects_nobody_new(
    reader: AuthHarness, web: DocumentHost, app_id: str, status: int, body: bytes
) -> None:
    """AS-77, CIMD §4.3: a host that answers otherwise has spoken, also if it is down later; until it serves again."""
    app = publish(web, app_id)
    tokens = reader.tokens(app)
    web.serve(app_id, body, status=status)
    with later(hours=2):
        assert reader.authorize(app).status_code == 400
        refreshed = reader.refresh(app, tokens["refresh_token"])
        assert refreshed.status_code == 200, "who is connected stays connected"
    web.serve(app_id, b"", status=503)
    with later(hours=3):
        assert reader.authorize(app).status_code == 400
    publish(web, app_id)
    with later(hours=4):
        assert reader.authorize(app).status_code == 200


def test_many_visitors_wait_for_one_reading(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-77: concurrent readings of one document are one; every visitor gets the page."""
    app = publish(document_host, CLAUDE)
    document_host.answer(CLAUDE, Held(app, seconds=0.5).script)

    async def visit_together() -> list[int]:
        async with browser_of(reading) as browser:
            url, query = "/authorize", reading.authorization_parameters(app)
            return [
                answer.status_code
                for answer in await asyncio.gather(*(browser.get(url, params=query) for _ in range(TOGETHER)))
            ]

    assert asyncio.run(visit_together()) == [200] * TOGETHER
    assert document_host.count(CLAUDE) == 1


def test_a_visitor_who_leaves_ends_the_reading_for_nobody_else(
    reading: AuthHarness, document_host: DocumentHost
) -> None:
    """AS-77: the first one, whose visit began the reading, goes away while others wait."""
    app = publish(document_host, CLAUDE)
    held = Held(app, seconds=5)
    document_host.answer(CLAUDE, held.script)

    async def leave_and_stay() -> int:
        async with browser_of(reading) as browser:
            query = reading.authorization_parameters(app)
            leaving = asyncio.create_task(browser.get("/authorize", params=query))
            await asyncio.to_thread(held.began.wait, 5)
            staying = asyncio.create_task(browser.get("/authorize", params=query))
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving
            held.released.set()
            return (await staying).status_code

    assert asyncio.run(leave_and_stay()) == 200
    assert document_host.count(CLAUDE) == 1


class Held:
    """Answers with the app's document as soon as it is asked a second time, is told to, or time is up."""

    def __init__(self, app: RegisteredClient, seconds: float) -> None:
        self.began, self.released = threading.Event(), threading.Event()
        self._body, self._seconds = json.dumps(app.information).encode(), seconds

    async def script(self, writer: asyncio.StreamWriter) -> None:
        """The host's answer."""
        if self.began.is_set():
            self.released.set()
        self.began.set()
        await asyncio.to_thread(self.released.wait, self._seconds)
        await proper_answer(self._body)(writer)


def browser_of(auth: AuthHarness) -> httpx2.AsyncClient:
    """Ada's browser, which does many things at once on the server's own event loop."""
    transport, cookies = httpx2.ASGITransport(auth.app), dict(auth.http.cookies)
    return httpx2.AsyncClient(transport=transport, base_url=auth.settings.issuer, cookies=cookies)


def add_as_many_as_are_kept(session: Session, read_at: Callable[[int], datetime]) -> None:
    """Clients of documents that led to nothing, by one statement."""
    usual = Client(origin=ClientOrigin.DOCUMENT).model_dump()
    for_each = (
        {"client_id": f"https://app.example/{number:04}", "document_fetched_at": read_at(number)}
        for number in range(MOST_UNUSED)
    )
    session.exec(insert(Client), params=[usual | one for one in for_each])


def test_documents_that_led_to_nothing_make_room(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-77: a thousand are kept beside those that hold grants; the oldest goes first."""
    granted = publish(document_host, CLAUDE)
    reading.tokens(granted)
    with reading.database() as session:
        add_as_many_as_are_kept(session, lambda number: now() - timedelta(hours=1) + timedelta(seconds=number))
        trusted = Client(client_id="https://app.example/t", is_trusted=True, origin=ClientOrigin.DOCUMENT)
        session.add(trusted)
    newest = publish(document_host, "https://new.example/client.json")
    assert reading.authorize(newest).status_code == 200
    with reading.database() as session:
        documents = select(Client.client_id).where(Client.origin == ClientOrigin.DOCUMENT)
        kept = set(session.exec(documents))
    assert len(kept) == MOST_UNUSED + 2
    assert {granted.id, newest.id, trusted.client_id, "https://app.example/0001"} <= kept
    assert "https://app.example/0000" not in kept


def test_no_document_makes_room_while_a_person_is_asked_about_it(
    reading: AuthHarness, document_host: DocumentHost
) -> None:
    """AS-77: neither one that was just read nor one whose page is open, however many newer ones there are."""
    asked, read = publish(document_host, CLAUDE), "https://app.example/just-read"
    form = consent_fields(reading.authorize(asked).text)
    with reading.database() as session:
        session.get_one(Client, asked.id).document_fetched_at = now() - timedelta(days=2)
        session.add(Client(client_id=read, origin=ClientOrigin.DOCUMENT, document_fetched_at=now()))
        add_as_many_as_are_kept(session, lambda _: now() + timedelta(seconds=1))
    assert reading.authorize(publish(document_host, "https://new.example/client.json")).status_code == 200
    with reading.database() as session:
        assert session.get(Client, read) is not None
    assert reading.http.post("/authorize", data=form, headers=own_origin(reading.http)).status_code == 303
