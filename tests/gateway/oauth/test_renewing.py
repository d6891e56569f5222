"""Tokens are renewed by one at a time, whoever wants them, so that no rotation loses one (RFC 9700 §4.14.2)."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx2
import pytest

from resource_server.gateway.credentials import Credentials
from resource_server.gateway.http_clients import HttpClients
from resource_server.gateway.oauth.access import Access
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError
from shared.database import open_engine
from tests.doors import wait_until
from tests.gateway.oauth.conftest import Place
from tests.gateway.oauth.test_connected import seen
from tests.loopback import LOOPBACK
from tests.mcp_messages import modern_headers, modern_request

AT_ONCE = 5


def process(place: Place) -> Access:
    """What another process has: its own connection to the database, and nothing in common with others."""
    engine = open_engine(f"sqlite:///{place.doors.data_dir / 'resource.db'}")
    return Access(Credentials(engine, place.behind.upstreams.key), Fetching(HttpClients(allow_loopback=True)))


async def renewed(access: Access, upstream: Upstream, user_id: str, sent: Mapping[str, str]) -> set[str]:
    """What several calls at once carry after the server refused what they had sent."""
    asked = (access.refused(upstream, user_id, sent, 401, "Bearer") for _ in range(AT_ONCE))
    assert all(await asyncio.gather(*asked))
    carried = await asyncio.gather(*(access.headers_for(upstream, user_id) for _ in range(AT_ONCE)))
    return {headers["Authorization"] for headers in carried}


def connected(place: Place) -> tuple[str, Upstream, Mapping[str, str]]:
    """A person who connected the server, the server as they see it, and what their calls carry."""
    user_id = place.owner().user_id
    place.connect(user_id)
    (upstream,) = place.behind.upstreams.visible_to(user_id)
    secrets = place.behind.upstreams.secrets_for(upstream, user_id)
    assert secrets is not None
    return user_id, upstream, secrets.values


def test_calls_at_once_in_two_processes_renew_once(place: Place) -> None:
    user_id, upstream, sent = connected(place)
    place.issuer.end_access()
    place.issuer.takes = 0.3
    processes = [process(place) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        works = [threads.submit(asyncio.run, renewed(one, upstream, user_id, sent)) for one in processes]
        carried = {token for work in works for token in work.result()}
    assert len(carried) == 1
    assert carried != {sent["Authorization"]}
    assert place.issuer.replays == 0
    assert [form["grant_type"] for form in place.issuer.forms] == ["authorization_code", "refresh_token"]
    for one in processes:
        one.credentials.engine.dispose()


def test_an_app_that_leaves_while_it_is_renewed_takes_no_token_along(place: Place) -> None:
    owner = place.owner()
    place.connect(owner.user_id)
    first = seen(owner)
    place.issuer.end_access()
    place.issuer.takes = 1.0
    message = modern_request("tools/call", {"name": "notes__seen_headers", "arguments": {}})
    headers = owner.app.headers | modern_headers("tools/call", "notes__seen_headers")
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(owner.app.mcp_url, json=message, headers=headers, timeout=0.5, **LOOPBACK)
    assert seen(owner) not in ("", first)
    assert place.issuer.replays == 0


def test_who_gives_up_while_it_is_renewed_takes_no_token_along(place: Place) -> None:
    user_id, upstream, sent = connected(place)
    place.issuer.takes = 0.3

    async def give_up() -> None:
        access = process(place)
        with anyio.move_on_after(0.1) as given_up:
            await access.refused(upstream, user_id, sent, 401, "Bearer")
        assert given_up.cancelled_caught
        access.credentials.engine.dispose()

    asyncio.run(give_up())
    place.issuer.takes = 0
    secrets = place.behind.upstreams.secrets_for(upstream, user_id)
    assert secrets is not None
    assert secrets.values["Authorization"] != sent["Authorization"]
    assert secrets.values["Authorization"].removeprefix("Bearer ") in place.issuer.granted


def test_who_disconnects_while_it_is_renewed_is_disconnected(place: Place) -> None:
    user_id, upstream, sent = connected(place)
    place.issuer.takes = 0.3

    async def disconnect_meanwhile() -> None:
        access = process(place)
        renewing = asyncio.create_task(access.refused(upstream, user_id, sent, 401, "Bearer"))
        await anyio.to_thread.run_sync(wait_until, lambda: len(place.issuer.forms) == 2)
        await place.connecting.disconnect(upstream, user_id)
        with pytest.raises(CredentialWantedError):
            await renewing
        access.credentials.engine.dispose()

    asyncio.run(disconnect_meanwhile())
    assert not place.behind.upstreams.credentials.is_given(upstream, user_id)
    wait_until(lambda: place.issuer.granted == place.issuer.refreshes == {})
