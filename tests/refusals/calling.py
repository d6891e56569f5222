"""Requests to the MCP server that are refused, and addresses beside it."""

import time
from typing import Any

import httpx2

from shared.refusals import Reason, Step
from tests.doors import Connection, Doors, Person
from tests.loopback import LOOPBACK
from tests.refusals.ways import Way

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
BOTH = {"Accept": "application/json, text/event-stream"}


def post(doors: Doors, path: str = "/mcp", content: bytes | None = None, **headers: str) -> httpx2.Response:
    """A request that carries exactly these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body: dict[str, Any] = {"json": PING} if content is None else {"content": content}
    return httpx2.post(doors.origin + path, headers=BOTH | named, **body, **LOOPBACK)


def connection(mary: Person) -> Connection:
    """An app of Mary's, the same for all who do not end it."""
    return mary.connect()


def bearing(mary: Person, header: dict[str, Any] | None = None, **claims: Any) -> httpx2.Response:
    """A call with a token that the authorization server's key signed over other claims."""
    kept = mary.doors.claims(connection(mary))
    return post(mary.doors, Authorization=f"Bearer {mary.doors.sign(kept | claims, **(header or {}))}")


def another_host(mary: Person) -> Any:
    return post(mary.doors, Host="memory.example")


def a_foreign_page(mary: Person) -> Any:
    return post(mary.doors, Origin="https://evil.example")


def the_bare_host(mary: Person) -> Any:
    return post(mary.doors, "/")


def a_stream_at_the_bare_host(mary: Person) -> Any:
    return httpx2.get(mary.doors.origin, headers={"Accept": "text/event-stream"}, **LOOPBACK)


def another_path(mary: Person) -> Any:
    return post(mary.doors, "/sse")


def another_path_in_a_browser(mary: Person) -> Any:
    return httpx2.get(f"{mary.doors.origin}/MCP", headers={"Accept": "text/html"}, **LOOPBACK)


def metadata_of_another_path(mary: Person) -> Any:
    return httpx2.get(f"{mary.doors.origin}/.well-known/oauth-protected-resource/sse", **LOOPBACK)


def the_authorization_servers_metadata(mary: Person) -> Any:
    return httpx2.get(f"{mary.doors.origin}/.well-known/oauth-authorization-server", **LOOPBACK)


def no_token(mary: Person) -> Any:
    return post(mary.doors)


def no_jwt(mary: Person) -> Any:
    return post(mary.doors, Authorization="Bearer rt_x")


def two_tokens(mary: Person) -> Any:
    token = ("Authorization", f"Bearer {connection(mary).access_token}")
    return httpx2.post(mary.doors.mcp_url, json=PING, headers=[token, token], **LOOPBACK)


def an_unknown_key(mary: Person) -> Any:
    return post(mary.doors, X_API_Key="invalid-key")


def a_token_and_another_key(mary: Person) -> Any:
    return post(mary.doors, X_API_Key="another-key", **connection(mary).headers)


def a_token_in_the_url(mary: Person) -> Any:
    return post(mary.doors, "/mcp?access_token=x")


def an_expired_token(mary: Person) -> Any:
    return bearing(mary, exp=int(time.time()) - 1)


def a_token_of_before_the_move(mary: Person) -> Any:
    return bearing(mary, iss="https://before.example")


def a_token_for_another_place(mary: Person) -> Any:
    return bearing(mary, aud="https://before.example/mcp")


def another_kind_of_token(mary: Person) -> Any:
    return bearing(mary, {"typ": "JWT"})


def a_token_without_claims(mary: Person) -> Any:
    return bearing(mary, grant_id=None)


def a_forged_token(mary: Person) -> Any:
    token = connection(mary).access_token
    return post(mary.doors, Authorization=f"Bearer {token[:-6]}AAAAAA")


def a_disconnected_app(mary: Person) -> Any:
    ended = mary.connect()
    mary.doors.revoke(ended)
    return post(mary.doors, Authorization=f"Bearer {ended.access_token}")


def another_person(mary: Person) -> Any:
    return post(mary.doors, X_User_ID="usr_x", **connection(mary).headers)


def a_scope_too_few(mary: Person) -> Any:
    return mary.connect(scope="memory:read").call("memory_store", value="x")


def an_unknown_session(mary: Person) -> Any:
    return post(mary.doors, Mcp_Session_Id="x", **connection(mary).headers)


def a_stream_without_a_session(mary: Person) -> Any:
    return httpx2.get(mary.doors.mcp_url, headers=BOTH | connection(mary).headers, **LOOPBACK)


def nothing_it_can_read(mary: Person) -> Any:
    return httpx2.post(
        mary.doors.mcp_url, json=PING, headers=connection(mary).headers | {"Accept": "image/png"}, **LOOPBACK
    )


def an_unknown_revision(mary: Person) -> Any:
    return post(mary.doors, MCP_Protocol_Version="1999-01-01", **connection(mary).headers)


def no_message(mary: Person) -> Any:
    return post(mary.doors, content=b"{", **connection(mary).headers)


def much_at_once(mary: Person) -> Any:
    return post(mary.doors, content=b" " * 20_000_000, **connection(mary).headers)


CALL, DISCOVERY = Step.CALL, Step.DISCOVERY

WAYS = (
    Way(Step.REACH, Reason.WRONG_HOST, 421, "OSTIARY_MCP_URL", another_host),
    Way(Step.REACH, Reason.FOREIGN_ORIGIN, 403, "OSTIARY_RESOURCE_ALLOWED_ORIGINS", a_foreign_page),
    Way(DISCOVERY, Reason.WRONG_PATH, 405, "The MCP endpoint is http://localhost", the_bare_host),
    Way(DISCOVERY, Reason.WRONG_PATH, 405, "The MCP endpoint is http://localhost", a_stream_at_the_bare_host),
    Way(DISCOVERY, Reason.WRONG_PATH, 404, "/mcp", another_path),
    Way(DISCOVERY, Reason.WRONG_PATH, 404, "/mcp", another_path_in_a_browser),
    Way(DISCOVERY, Reason.NO_METADATA_HERE, 404, "/.well-known/oauth-protected-resource/mcp", metadata_of_another_path),
    Way(DISCOVERY, Reason.NO_METADATA_HERE, 404, "The authorization server is", the_authorization_servers_metadata),
    Way(CALL, Reason.TOKEN_MISSING, 401, "resource_metadata", no_token),
    Way(CALL, Reason.TOKEN_MALFORMED, 401, "Authorize again", no_jwt),
    Way(CALL, Reason.TOKEN_MALFORMED, 401, "Send one Authorization header", two_tokens),
    Way(CALL, Reason.TOKEN_MALFORMED, 401, "lacks a claim", a_token_without_claims),
    Way(CALL, Reason.KEY_REFUSED, 401, "Make another one", an_unknown_key),
    Way(CALL, Reason.TWO_CREDENTIALS, 401, "send one of them", a_token_and_another_key),
    Way(CALL, Reason.TOKEN_IN_URL, 401, "send Authorization: Bearer", a_token_in_the_url),
    Way(CALL, Reason.TOKEN_EXPIRED, 401, "Use the refresh token", an_expired_token),
    Way(CALL, Reason.OTHER_ISSUER, 401, "Authorize again", a_token_of_before_the_move),
    Way(CALL, Reason.OTHER_AUDIENCE, 401, "Authorize again", a_token_for_another_place),
    Way(CALL, Reason.TOKEN_FOREIGN, 401, "Authorize again", another_kind_of_token),
    Way(CALL, Reason.TOKEN_FOREIGN, 401, "Authorize again", a_forged_token),
    Way(CALL, Reason.GRANT_ENDED, 401, "Authorize again", a_disconnected_app),
    Way(CALL, Reason.OTHER_PERSON, 403, "leave it out", another_person, has_client=True),
    Way(CALL, Reason.SCOPE_MISSING, 403, 'error="insufficient_scope"', a_scope_too_few, has_client=True),
    Way(CALL, Reason.SESSION_UNKNOWN, 404, "Send initialize again", an_unknown_session, has_client=True),
    Way(CALL, Reason.SESSION_MISSING, 405, "POST initialize first", a_stream_without_a_session, has_client=True),
    Way(CALL, Reason.NOTHING_READABLE, 406, "Accept must admit", nothing_it_can_read),
    Way(CALL, Reason.MESSAGE_REFUSED, 400, "version", an_unknown_revision, has_client=True),
    Way(CALL, Reason.MESSAGE_REFUSED, 400, "JSON", no_message),
    Way(CALL, Reason.BODY_TOO_LARGE, 413, "at most", much_at_once),
)
