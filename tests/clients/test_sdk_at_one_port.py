"""The MCP Python SDK's own client where one port serves everything, bare and behind a proxy with TLS."""

import re
import secrets
import time
from collections.abc import Iterator

import anyio
import httpx2
import pytest

from tests.clients.form_person import FormPerson
from tests.clients.sdk_app import PersonIsAwayError, SdkApp, texts
from tests.doors import Person
from tests.loopback import LOOPBACK
from tests.loopback_callback import LoopbackCallback
from tests.mcp_messages import BOTH_KINDS, initialize
from tests.single_port_doors import SinglePortDoors

pytestmark = pytest.mark.xdist_group("one-port")

ERAS = {"2025-11-25": "legacy", "2026-07-28": "auto"}
TAKES_EFFECT = 5.0


@pytest.fixture(params=["one_port", "public_port"])
def place(request: pytest.FixtureRequest) -> SinglePortDoors:
    """The port on loopback, and the same behind a public https address."""
    doors: SinglePortDoors = request.getfixturevalue(request.param)
    return doors


@pytest.fixture
def person(place: SinglePortDoors) -> Person:
    """Somebody who has signed in there."""
    return place.person()


@pytest.fixture
def app(place: SinglePortDoors, person: Person) -> Iterator[SdkApp]:
    """An app that knows nothing but the URL of the MCP endpoint."""
    with LoopbackCallback() as callback:
        name = f"One port {secrets.token_hex(3)}"
        yield SdkApp(place.mcp_url, name, FormPerson(person), callback)  # type: ignore[arg-type]  # no screen


def revoke(place: SinglePortDoors, app: SdkApp) -> None:
    """RFC 7009, as an app does it when the person signs out of it."""
    assert app.tokens.current is not None
    assert app.tokens.client is not None
    form = {"token": app.tokens.current.refresh_token, "client_id": app.tokens.client.client_id}
    assert httpx2.post(f"{place.issuer}/revoke", data=form, **LOOPBACK).status_code == 200


def until_refused(app: SdkApp) -> None:
    """Calls with the app's access token, which is still young, until it is answered 401."""
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    began = time.monotonic()
    with httpx2.Client(headers={"Authorization": f"Bearer {app.access_token}"}, **LOOPBACK) as http:
        while http.post(app.mcp_url, json=listing).status_code != httpx2.codes.UNAUTHORIZED:
            assert time.monotonic() - began < TAKES_EFFECT, "the app was never refused"


@pytest.mark.parametrize("era", ERAS)
def test_an_app_connects_calls_refreshes_and_is_revoked(place: SinglePortDoors, app: SdkApp, era: str) -> None:
    """Discovery, registration, sign-in, consent, token, calls, refresh and revocation at one origin."""

    async def scenario() -> None:
        async with app.connected(ERAS[era]) as client:
            assert client.protocol_version == era
            await client.call_tool("memory_store", {"text": "The tunnel is open.", "key": f"tunnel-{era}"})
            found = await client.call_tool("memory_recall", {"key": f"tunnel-{era}"})
            assert texts(found) == ["The tunnel is open."]
            app.let_token_expire()
            assert not (await client.call_tool("memory_stats", {})).is_error
            assert len(app.tokens.history) == 2
            await anyio.to_thread.run_sync(revoke, place, app)
            await anyio.to_thread.run_sync(until_refused, app)
            app.person = None
            app.let_token_expire()
            await client.call_tool("memory_stats", {})

    with pytest.raises(BaseExceptionGroup) as ending:
        anyio.run(scenario)
    assert ending.group_contains(PersonIsAwayError)
    assert len(app.tokens.history) == 2, "a revoked grant must not be refreshed"


def test_every_address_an_app_learns_is_at_the_one_origin(place: SinglePortDoors) -> None:
    """RFC 9728 §3, RFC 8414 §2: nothing leads to the port behind."""
    refused = httpx2.post(place.mcp_url, json={}, **LOOPBACK)
    resource = httpx2.get(f"{place.origin}/.well-known/oauth-protected-resource/mcp", **LOOPBACK)
    server = httpx2.get(f"{place.origin}/.well-known/oauth-authorization-server", **LOOPBACK)
    learnt = refused.headers["www-authenticate"] + resource.text + server.text
    assert place.mcp_url in learnt
    assert str(place.auth_port) not in learnt
    endpoints = [value for name, value in server.json().items() if name.endswith(("_endpoint", "_uri"))]
    assert len(endpoints) > 4
    assert all(value.startswith(f"{place.origin}/") for value in endpoints)


def test_an_event_stream_opens_at_once_and_closes_at_once(place: SinglePortDoors, person: Person) -> None:
    """MCP, streamable HTTP: its head arrives while nothing was said yet, and its end when the grant ends (AS-116)."""
    connection = person.connect()
    session = connection.post(initialize(), Accept=BOTH_KINDS).headers["mcp-session-id"]
    headers = connection.headers | {"Mcp-Session-Id": session, "Accept": "text/event-stream"}
    with (
        httpx2.Client(**LOOPBACK, timeout=20) as client,
        client.stream("GET", connection.mcp_url, headers=headers) as stream,
    ):
        assert stream.status_code == 200
        began = time.monotonic()
        place.revoke(connection)
        assert not any(line.startswith("data:") for line in stream.iter_lines())
    assert time.monotonic() - began < TAKES_EFFECT


def test_a_page_comes_with_its_style_and_its_own_policy(place: SinglePortDoors) -> None:
    """AS-22, AS-23: the stylesheet lies at the same origin, and the page's policy, not this server's, lets it in."""
    page = httpx2.get(f"{place.origin}/login", **LOOPBACK)
    [policy] = page.headers.get_list("content-security-policy")
    assert "style-src 'self'" in policy
    assert page.headers.get_list("referrer-policy") == ["no-referrer"]
    assert page.headers.get_list("x-frame-options") == ["DENY"]
    [stylesheet] = re.findall(r'href="(/static/[^"]+\.css)"', page.text)
    style = httpx2.get(f"{place.origin}{stylesheet}", **LOOPBACK)
    assert style.headers["content-type"].startswith("text/css")
    assert len(style.content) == int(style.headers["content-length"])


def test_a_page_of_a_browser_client_may_ask_at_the_one_port(one_port: SinglePortDoors) -> None:
    """AS-83: a preflight passes, and its answer; a page of the web gets neither at a loopback address."""
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "mcp-protocol-version"}
    for path in ("/token", "/register", "/.well-known/oauth-authorization-server"):
        url = f"{one_port.origin}{path}"
        ours = httpx2.options(url, headers=asks | {"Origin": "http://localhost:6274"}, **LOOPBACK)
        assert ours.status_code == 200
        assert ours.headers["access-control-allow-origin"] == "http://localhost:6274"
        theirs = httpx2.options(url, headers=asks | {"Origin": "https://evil.example"}, **LOOPBACK)
        assert theirs.status_code in (400, 403)
        assert "access-control-allow-origin" not in theirs.headers


def test_a_foreign_page_moves_nothing_through_the_one_port(person: Person) -> None:
    """AS-91, AS-97: the authorization server sees the Origin that the browser said."""
    evil = {"Origin": "https://evil.example"}
    assert person.browser.post("/logout", data={}, headers=evil).status_code == 403
