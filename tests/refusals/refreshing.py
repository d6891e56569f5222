"""Refresh, revocation, and strangers at the doors of resource servers."""

from typing import Any

from shared.refusals import Reason, Step
from tests.auth_harness import later
from tests.refusals.endings import UNKNOWN, block, change_grants, disconnect
from tests.refusals.place import Place
from tests.refusals.ways import Way


def a_refresh_by_a_blocked_app(place: Place) -> Any:
    client = place.auth.register()
    tokens = place.auth.tokens(client)
    block(place, client)
    return place.auth.refresh(client, tokens["refresh_token"])


def an_unknown_refresh_token(place: Place) -> Any:
    return place.auth.refresh(place.auth.register(), "rt_x")


def a_refresh_by_a_deleted_client(place: Place) -> Any:
    return place.auth.refresh(UNKNOWN, "rt_x")


def an_idle_refresh_token(place: Place) -> Any:
    client = place.auth.register()
    tokens = place.auth.tokens(client)
    with later(days=31):
        return place.auth.refresh(client, tokens["refresh_token"])


def a_replaced_refresh_token(place: Place) -> Any:
    client = place.auth.register()
    first = place.auth.tokens(client)["refresh_token"]
    second = place.auth.refresh(client, first).json()["refresh_token"]
    place.auth.refresh(client, second)
    return place.auth.refresh(client, first)


def a_disconnected_refresh(place: Place) -> Any:
    client = place.auth.register()
    tokens = place.auth.tokens(client)
    disconnect(place, client)
    return place.auth.refresh(client, tokens["refresh_token"])


def a_moved_server(place: Place) -> Any:
    client = place.auth.register()
    tokens = place.auth.tokens(client)
    change_grants(place, client, resource="https://before.example/mcp")
    return place.auth.refresh(client, tokens["refresh_token"])


def a_refresh_for_more(place: Place) -> Any:
    client = place.auth.register()
    tokens = place.auth.tokens(client, scope="memory:read", choices={"scope": ["memory:read"]})
    return place.auth.refresh(client, tokens["refresh_token"], scope="memory:read memory:write")


def a_revocation_by_a_deleted_client(place: Place) -> Any:
    return place.http.post("/revoke", data={"token": "rt_x", "client_id": UNKNOWN.id})


def a_revocation_of_nothing(place: Place) -> Any:
    return place.http.post("/revoke", data={"client_id": place.auth.register().id})


def a_stranger_who_introspects(place: Place) -> Any:
    return place.http.post("/introspect", data={"token": "x"}, headers={"Authorization": "Bearer rs_x"})


def a_stranger_at_the_feed(place: Place) -> Any:
    return place.http.get("/internal/changes", headers={"Authorization": "Bearer rs_x"})


REFRESH = Step.REFRESH

WAYS = (
    Way(REFRESH, Reason.CLIENT_BLOCKED, 400, "blocked the app", a_refresh_by_a_blocked_app, has_client=True),
    Way(REFRESH, Reason.REFRESH_TOKEN_UNKNOWN, 400, "authorize again", an_unknown_refresh_token, has_client=True),
    Way(REFRESH, Reason.CLIENT_UNKNOWN, 401, "register again", a_refresh_by_a_deleted_client, has_client=True),
    Way(REFRESH, Reason.REFRESH_TOKEN_EXPIRED, 400, "authorize again", an_idle_refresh_token, has_client=True),
    Way(REFRESH, Reason.REFRESH_TOKEN_REUSED, 400, "Keep the newest one", a_replaced_refresh_token, has_client=True),
    Way(REFRESH, Reason.GRANT_ENDED, 400, "authorize again", a_disconnected_refresh, has_client=True),
    Way(REFRESH, Reason.ADDRESS_CHANGED, 400, "moved to another address", a_moved_server, has_client=True),
    Way(REFRESH, Reason.SCOPE_REFUSED, 400, "authorize again for more", a_refresh_for_more, has_client=True),
    Way(Step.REVOCATION, Reason.CLIENT_UNKNOWN, 401, "register again", a_revocation_by_a_deleted_client),
    Way(Step.REVOCATION, Reason.REQUEST_MALFORMED, 400, "token is required", a_revocation_of_nothing),
    Way(Step.CALL, Reason.RESOURCE_SERVER_UNKNOWN, 401, "Only a resource server", a_stranger_who_introspects),
    Way(Step.CALL, Reason.RESOURCE_SERVER_UNKNOWN, 401, "Only a resource server", a_stranger_at_the_feed),
)
