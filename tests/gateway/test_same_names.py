"""AS-105: a grant that names a server means the one that was named so when somebody last decided about the grant."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx2
from sqlmodel import select

from auth_server.keys.api_keys import rotate_key
from auth_server.models import ApiKey, Client, Grant
from resource_server.gateway.tables import UpstreamServer
from shared.clock import now
from shared.database import unit_of_work
from tests.auth_harness import RegisteredClient
from tests.doors import Connection, Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.connecting import at, connect
from tests.gateway.test_tools import EVERYTHING, answered, holder, names
from tests.key_holders import KeyHolder, auth_session, key_row
from tests.loopback import LOOPBACK
from tests.service_clients import entered_service

WHOLE = {"type": "server", "server": "fix", "tools": ["*"]}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
A_MINUTE = timedelta(minutes=1)


@contextmanager
def decision(doors: Doors, app: KeyHolder | Connection) -> Iterator[Grant | ApiKey]:
    """What is kept of what somebody decided about the app."""
    with auth_session(doors) as session:
        if isinstance(app, KeyHolder):
            yield session.get_one(ApiKey, app.id)
        else:
            yield session.get_one(Grant, doors.claims(app)["grant_id"])


def decided_a_minute_ago(doors: Doors, *apps: KeyHolder | Connection) -> None:
    """Nobody waits for that minute."""
    for app in apps:
        with decision(doors, app) as made:
            made.decided_at = now() - A_MINUTE


def text_of(app: KeyHolder | Connection, tool: str = "fix__add", **arguments: Any) -> str:
    """What its model reads."""
    return str(answered(app, tool, **(arguments or {"one": 1, "two": 2}))["content"][0]["text"])


def replace_server(behind: Behind, url: str, **more: Any) -> None:
    """Another one of the same name."""
    if (old := behind.upstreams.named("fix")) is not None:
        behind.upstreams.remove(old.id)
    behind.http("fix", url, **more)


def test_another_server_of_the_same_name_is_not_reached_by_what_was_allowed_before(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    behind.http("fix", upstream_url)
    key, app = holder(doors, WHOLE), doors.person().connect("gateway:call", servers=("fix *",))
    decided_a_minute_ago(doors, key, app)
    replace_server(behind, upstream_url)
    for one in (key, app):
        assert names(one) == []
        assert "fix was added after this connection was allowed" in text_of(one)


def test_who_was_given_every_server_reaches_a_new_one_too(doors: Doors, behind: Behind, upstream_url: str) -> None:
    app = holder(doors, EVERYTHING)
    decided_a_minute_ago(doors, app)
    behind.http("fix", upstream_url)
    assert text_of(app) == "3"
    wait_until(lambda: "fix__add" in names(app))


def test_what_every_server_gives_is_all_that_is_left_of_a_grant_that_names_more(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    app = holder(doors, WHOLE, EVERYTHING | {"read_only": True})
    decided_a_minute_ago(doors, app)
    behind.http("fix", upstream_url)
    assert text_of(app) == "3"
    assert "was added after" in text_of(app, "fix__remember", text="x")
    wait_until(lambda: names(app))
    assert "fix__remember" not in names(app)


def test_at_its_own_address_it_is_not_there_for_them(doors: Doors, behind: Behind, upstream_url: str) -> None:
    address = f"{doors.origin}/servers/fix/mcp"
    behind.http("fix", upstream_url)
    app, every = connect(doors.person(), address), at(address, holder(doors, EVERYTHING))
    unnamed = at(address, holder(doors, WHOLE | {"server": "other"}))
    decided_a_minute_ago(doors, app, every)
    replace_server(behind, upstream_url)
    refused, same = app.post(PING), unnamed.post(PING)
    assert (refused.status_code, refused.text) == (same.status_code, same.text)
    assert refused.status_code == 404
    assert every.post(PING).status_code == 200


def test_who_decides_anew_reaches_it(doors: Doors, behind: Behind, upstream_url: str) -> None:
    """At once: the change feed tells."""
    app = doors.person().connect("gateway:call", servers=("* *",))
    doors.edit(app, "gateway:call", [WHOLE])
    decided_a_minute_ago(doors, app)
    behind.http("fix", upstream_url)
    assert "was added after" in text_of(app)
    doors.edit(app, "gateway:call", [WHOLE])
    wait_until(lambda: text_of(app) == "3")


def test_a_server_that_is_changed_or_switched_off_for_a_while_is_the_same(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    server = behind.http("fix", upstream_url)
    app = holder(doors, WHOLE)
    behind.remake(server, upstream_url + "/")
    behind.remake(server, upstream_url)
    behind.upstreams.switch(server.id, is_enabled=False)
    behind.upstreams.switch(server.id, is_enabled=True)
    assert text_of(app) == "3"


def test_everybodys_server_is_not_ones_own_that_it_hides(doors: Doors, behind: Behind, upstream_url: str) -> None:
    app = holder(doors, WHOLE)
    behind.http("fix", upstream_url, owner=key_row(doors, app.id).user_id)
    long_ago(behind)
    decided_a_minute_ago(doors, app)
    assert text_of(app) == "3"
    behind.http("fix", upstream_url)
    wait_until(lambda: "was added after" in text_of(app))


def test_ones_own_server_is_not_everybodys_that_hid_it(doors: Doors, behind: Behind, upstream_url: str) -> None:
    app = holder(doors, WHOLE)
    behind.http("fix", upstream_url, owner=key_row(doors, app.id).user_id)
    hiding = behind.http("fix", upstream_url)
    decided_a_minute_ago(doors, app)
    long_ago(behind)
    assert text_of(app) == "3"
    behind.upstreams.remove(hiding.id)
    wait_until(lambda: "was added after" in text_of(app))


def long_ago(behind: Behind) -> None:
    """Every server has had its name for longer than anything was decided."""
    with unit_of_work(behind.engine) as session:
        for server in session.exec(select(UpstreamServer)).all():
            server.named_at = now() - 2 * A_MINUTE


def test_a_service_means_the_servers_of_when_it_was_entered(doors: Doors, behind: Behind, upstream_url: str) -> None:
    """RFC 6749 §4.4: its grants are made as it asks for tokens, and decide nothing."""
    behind.http("fix", upstream_url)
    with auth_session(doors) as session:
        service = entered_service(session, read=(), write=(), servers=("fix",))
    assert text_of(token_of(doors, service)) == "3"
    with auth_session(doors) as session:
        session.get_one(Client, service.id).decided_at = now() - A_MINUTE
        for grant in session.exec(select(Grant).where(Grant.client_id == service.id)).all():
            session.delete(grant)
    assert "was added after" in text_of(token_of(doors, service))


def token_of(doors: Doors, service: RegisteredClient) -> Connection:
    """The service with a token of its own."""
    form = {
        "grant_type": "client_credentials",
        "client_id": service.id,
        "client_secret": service.information["client_secret"],
    }
    answer = httpx2.post(f"{doors.issuer}/token", data=form, **LOOPBACK)
    assert answer.status_code == 200, answer.text
    return Connection(doors.mcp_url, service.id, answer.json())


def test_another_key_of_the_same_reach_reaches_no_more(doors: Doors, behind: Behind, upstream_url: str) -> None:
    app = holder(doors, WHOLE)
    decided_a_minute_ago(doors, app)
    behind.http("fix", upstream_url)
    with auth_session(doors) as session:
        made = rotate_key(session, session.get_one(ApiKey, app.id))
    assert "was added after" in text_of(KeyHolder(app.mcp_url, made.secret, made.key.id))
