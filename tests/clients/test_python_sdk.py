"""The MCP Python SDK's own client against the two real processes, in both protocol eras, a real Chromium between.

Discovery, registration, PKCE, step-up, refresh and revocation are the SDK's: nothing here helps it along.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import anyio
import httpx2
import pytest

from tests.chromium_person import Choice, Chromium, ChromiumPerson
from tests.clients.sdk_app import PersonIsAwayError, SdkApp, texts
from tests.clients.seen import Flow, Identity, Seen, python_package
from tests.installation import Installation
from tests.loopback import LOOPBACK
from tests.loopback_callback import LoopbackCallback

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("installation")]

ERAS = {"2025-11-25": "legacy", "2026-07-28": "auto"}
READ_ONLY = Choice(scopes=("memory:read",))
REVOKED_WITHIN_SECONDS = 5.0

NewApp = Callable[[str], SdkApp]


@pytest.fixture(scope="module")
def grace(installation: Installation, chromium: Chromium) -> ChromiumPerson:
    """A person whose account an operator made."""
    password = "a compiler for everybody"
    installation.create_user("grace@example.org", password)
    return ChromiumPerson(chromium, installation.issuer, "grace@example.org", password)


@pytest.fixture
def new_app(installation: Installation, grace: ChromiumPerson) -> Iterator[NewApp]:
    """Makes apps that nobody has seen before."""
    with ExitStack() as callbacks:

        def make(name: str) -> SdkApp:
            callback = callbacks.enter_context(LoopbackCallback())
            return SdkApp(installation.mcp_url, f"{name} {secrets.token_hex(3)}", grace, callback)

        yield make


@pytest.fixture(params=[pytest.param("2025-11-25", marks=pytest.mark.foreign), "2026-07-28"])
def era(request: pytest.FixtureRequest) -> str:
    """A protocol revision of each era."""
    return str(request.param)


def test_an_app_connects_and_what_it_stores_it_recalls(new_app: NewApp, era: str, seen: Seen) -> None:
    app = new_app("Diary")

    async def scenario() -> None:
        async with app.connected(ERAS[era]) as client:
            assert client.protocol_version == era
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert {"memory_store", "memory_recall", "server_status"} <= tools
            await client.call_tool("memory_store", {"text": "Grace keeps bees.", "key": app.mcp_url + era})
            found = await client.call_tool("memory_recall", {"query": "bees"})
            assert "Grace keeps bees." in texts(found)

    anyio.run(scenario)
    assert app.scopes >= {"memory:read", "memory:write"}
    assert len(app.offers) == 1
    seen(*as_seen(era), Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH)


def test_what_one_app_stores_another_of_the_same_person_recalls(new_app: NewApp, era: str) -> None:
    """K48."""
    secret = f"The cellar door sticks in {era}."

    async def scenario() -> None:
        async with new_app("Writer").connected(ERAS[era]) as writer:
            await writer.call_tool("memory_store", {"text": secret, "key": f"cellar-{era}"})
        async with new_app("Reader").connected(ERAS[era]) as reader:
            assert texts(await reader.call_tool("memory_recall", {"key": f"cellar-{era}"})) == [secret]

    anyio.run(scenario)


def test_an_app_that_may_only_read_steps_up_when_it_writes(new_app: NewApp, era: str, seen: Seen) -> None:
    """RFC 6750 §3.1, MCP step-up: 403 insufficient_scope, consent again with the union, and the call goes on."""
    app = new_app("Assistant")
    app.choice = READ_ONLY

    async def scenario() -> None:
        async with app.connected(ERAS[era]) as client:
            visible = {tool.name for tool in (await client.list_tools()).tools}
            assert "memory:write" not in app.scopes
            assert "memory_recall" in visible
            assert "memory_store" not in visible
            app.choice = Choice()
            stored = await client.call_tool("memory_store", {"text": "Now it may write.", "key": f"step-{era}"})
            assert not stored.is_error, stored.content
            assert texts(await client.call_tool("memory_recall", {"key": f"step-{era}"})) == ["Now it may write."]

    anyio.run(scenario)
    first, second = app.offers
    assert set(second["scope"]) == {"memory:read", "memory:write"}
    assert second["read"] == first["read"] == ["personal"]
    assert app.scopes >= {"memory:read", "memory:write"}
    seen(*as_seen(era), Flow.STEP_UP)


def test_an_expired_token_is_renewed_without_the_person(new_app: NewApp, era: str, seen: Seen) -> None:
    app = new_app("Companion")

    async def scenario() -> None:
        async with app.connected(ERAS[era]) as client:
            await client.list_tools()
            app.person = None
            app.let_token_expire()
            assert not (await client.call_tool("memory_stats", {})).is_error

    anyio.run(scenario)
    before, after = app.tokens.history
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert set((after.scope or "").split()) == set((before.scope or "").split())
    seen(*as_seen(era), Flow.REFRESH)


def test_disconnect_ends_an_app_in_the_middle_of_its_session(
    new_app: NewApp, era: str, grace: ChromiumPerson, record_property: Callable[[str, object], None], seen: Seen
) -> None:
    """AS-38: after Disconnect the next call is refused with 401, at most 5 seconds later, and refreshing fails too."""
    app = new_app("Guest")
    name = app.provider.context.client_metadata.client_name or ""
    seconds: list[float] = []

    async def scenario() -> None:
        async with app.connected(ERAS[era]) as client:
            assert not (await client.call_tool("memory_stats", {})).is_error
            await anyio.to_thread.run_sync(grace.disconnect, name)
            seconds.append(await anyio.to_thread.run_sync(seconds_until_refused, app))
            app.person = None
            app.let_token_expire()
            await client.call_tool("memory_stats", {})

    with pytest.raises(BaseExceptionGroup) as ending:
        anyio.run(scenario)
    assert ending.group_contains(PersonIsAwayError)
    assert len(app.tokens.history) == 1, "a revoked grant must not be refreshed"
    record_property("seconds until refused", seconds[0])
    assert seconds[0] <= REVOKED_WITHIN_SECONDS
    seen(*as_seen(era), Flow.REVOCATION)


def test_a_client_goes_on_when_the_server_was_killed(
    new_app: NewApp, era: str, installation: Installation, seen: Seen
) -> None:
    """E14: the session of an older client outlives its process; the newer revision needs none."""
    app = new_app("Survivor")

    async def scenario() -> None:
        async with app.connected(ERAS[era]) as client:
            await client.call_tool("memory_store", {"text": "Before the crash.", "key": f"crash-{era}"})
            await anyio.to_thread.run_sync(installation.kill_and_restart, "mcp")
            assert texts(await client.call_tool("memory_recall", {"key": f"crash-{era}"})) == ["Before the crash."]

    anyio.run(scenario)
    assert len(app.offers) == 1
    seen(*as_seen(era), Flow.RESTART)


def as_seen(era: str) -> tuple[str, str, str, Identity]:
    """Who connected, and how."""
    return "Python SDK", python_package("mcp"), era, Identity.REGISTRATION


def seconds_until_refused(app: SdkApp) -> float:
    """Calls with the app's token, which is still young, until it is answered 401."""
    began = time.monotonic()
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Authorization": f"Bearer {app.access_token}"}
    with httpx2.Client(headers=headers, **LOOPBACK) as http:
        while http.post(app.mcp_url, json=body).status_code != httpx2.codes.UNAUTHORIZED:
            assert time.monotonic() - began < 2 * REVOKED_WITHIN_SECONDS, "the app was never refused"
    return time.monotonic() - began
