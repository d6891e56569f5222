"""API keys at the resource server: who is let in, as whom, how far, and until when (AS-95, AS-96)."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from auth_server.keys.api_keys import PREFIX, delete_key, edit_key, new_key_secret, revoke_key, rotate_key
from auth_server.models import ApiKey, User
from shared.authorization_details import parse_details
from shared.clock import now
from shared.credential_forms import OTHER_KINDS
from shared.scopes import Scope
from tests.doors import Doors, Person, wait_until
from tests.key_holders import KeyHolder, auth_session, key_of, key_row, structured
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, initialize, request

LIST = request("tools/list")


def send(doors: Doors, *headers: tuple[str, str], query: str = "") -> httpx2.Response:
    """A request with exactly these headers."""
    return httpx2.post(doors.mcp_url + query, json=LIST, headers=list(headers), **LOOPBACK)


def only(*namespaces: str, actions: tuple[str, ...] = ("read", "write")) -> list[dict[str, Any]]:
    """Details that name these."""
    return [{"type": "memory", "actions": list(actions), "namespaces": list(namespaces)}]


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_is_a_credential_in_either_header(mary: Person, header: str) -> None:
    """M9, M10: `X-API-Key`, or the same key as a bearer token."""
    secret = key_of(mary, name=f"by {header}").secret
    answer = send(mary.doors, (header, f"Bearer {secret}" if header == "Authorization" else secret))
    assert answer.status_code == 200
    assert answer.json()["result"]["tools"]


def test_the_same_key_in_both_headers_is_one_credential(mary: Person) -> None:
    secret = key_of(mary, name="twice").secret
    assert send(mary.doors, ("Authorization", f"Bearer {secret}"), ("X-API-Key", secret)).status_code == 200


def test_different_credentials_in_the_two_headers_are_refused(mary: Person, bob: Person) -> None:
    """RFC 6750 §2: one method, once; two readers must not choose differently."""
    first, second = key_of(mary, name="first").secret, key_of(bob, name="second").secret
    answer = send(mary.doors, ("Authorization", f"Bearer {first}"), ("X-API-Key", second))
    assert answer.status_code == 401
    assert send(mary.doors, ("X-API-Key", first), ("X-API-Key", second)).status_code == 401


@pytest.mark.parametrize("name", ["api_key", "token", "access_token"])
def test_a_key_in_the_url_is_refused(mary: Person, name: str) -> None:
    """C6; MCP authorization, access token usage: not in the URI."""
    assert send(mary.doors, query=f"?{name}={key_of(mary, name=name).secret}").status_code == 401


UNKNOWN = ["invalid-key", new_key_secret(), "ost_" + "x" * 38, "kagura_abc123xyz789", "a:b", "!"]


@pytest.mark.parametrize("secret", UNKNOWN, ids=range(len(UNKNOWN)))
def test_an_unknown_key_is_unauthorized_and_says_so(doors: Doors, secret: str) -> None:
    """M15; RFC 6750 §3.1: 401, invalid_token, and a sentence that speaks of keys."""
    answer = send(doors, ("X-API-Key", secret))
    assert answer.status_code == 401
    assert "API key" in answer.json()["error"]["message"]
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("secret", ["", "a b", "\u00fc", "x" * 9000])
def test_what_no_key_can_be_is_refused_without_asking_anybody(doors: Doors, secret: str) -> None:
    """RFC 6750 §3.1."""
    answer = httpx2.post(doors.mcp_url, json=LIST, headers={"X-API-Key": secret.encode("latin-1")}, **LOOPBACK)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "secret", ["rt_" + "a" * 43, "ac_" + "a" * 43, "rs_" + "a" * 43, "bs_x", "setup_x", "aa.bb.cc"]
)
def test_the_form_of_a_credential_selects_its_parser(mary: Person, secret: str) -> None:
    """AS-95: a code, a refresh token, a cookie or a JWT is never looked up as a key, even if one were stored as one."""
    assert key_of(mary, name=secret[:6], secret=secret).status() == 401


def test_every_kind_of_secret_that_is_given_out_is_known_by_its_prefix() -> None:
    """AS-95: a new kind of secret is no key either, from its first day."""
    code = "".join(path.read_text() for path in (Path(__file__).parents[2] / "auth_server").rglob("*.py"))
    made = set(re.findall(r'(?:new_secret\(|derived_secret\(|^PREFIX = )"(\w+)"', code, re.M))
    assert {"ac", "rt", "setup"} <= made
    assert made - OTHER_KINDS - {PREFIX, "nobody"} == set()


def test_what_is_no_access_token_does_not_become_one_as_a_key(mary: Person) -> None:
    """AS-95: nor does a key pass where tokens alone are taken."""
    secret = key_of(mary, name="at the catalog").secret
    catalog = f"{mary.doors.origin}/internal/catalog?sub=x"
    assert httpx2.get(catalog, headers={"Authorization": f"Bearer {secret}"}, **LOOPBACK).status_code == 401


def test_a_key_of_any_form_works(mary: Person) -> None:
    """M51: operators choose keys of any format."""
    assert key_of(mary, name="odd", secret="p@ss:w0rd!/{}=~-2026").status() == 200


def test_a_key_opens_its_owners_memories(mary: Person, bob: Person) -> None:
    """M29: what Mary's app stored Mary's key recalls, and Bob's key does not."""
    mary.connect().call("memory_store", text="the heron nests here", key="heron")
    found = structured(key_of(mary, name="reader").call("memory_recall", key="heron"))["memories"]
    assert [memory["text"] for memory in found] == ["the heron nests here"]
    bobs = key_of(bob, name="reader")
    assert structured(bobs.call("memory_recall", key="heron"))["memories"] == []
    assert structured(bobs.call("memory_search", query="heron"))["results"] == []


def test_a_key_reaches_the_namespaces_it_names_and_no_others(mary: Person) -> None:
    """AS-96: details; what lies elsewhere is neither listed nor found nor written."""
    everything = key_of(mary, name="everything")
    for namespace in ("work", "diary"):
        everything.call("memory_store", text=f"a note in {namespace}", key=f"note-{namespace}", namespace=namespace)
    narrow = key_of(mary, name="work alone", details=only("work"))
    assert {hit["namespace"] for hit in structured(narrow.call("memory_search", query="note"))["results"]} == {"work"}
    assert {one["namespace"] for one in structured(narrow.call("memory_list"))["memories"]} == {"work"}
    assert structured(narrow.call("memory_recall", key="note-diary"))["memories"] == []
    assert narrow.call("memory_store", text="x", namespace="diary").json()["result"]["isError"]


def test_a_key_does_what_its_scope_says(mary: Person) -> None:
    """AS-96, AS-118: 403 with the scope that is missing."""
    reader = key_of(mary, name="read alone", scope="memory:read", details=only("personal", actions=("read",)))
    assert reader.call("memory_list").status_code == 200
    assert reader.call("memory_store", text="x").status_code == 403


def test_a_key_ends_when_it_was_said_to(mary: Person) -> None:
    """AS-96: also where the key is remembered, and nobody is asked."""
    key = key_of(mary, name="short", lifetime=timedelta(seconds=2))
    assert key.status() == 200
    wait_until(lambda: key.status() == 401)


def test_a_revoked_key_is_refused_within_seconds(mary: Person) -> None:
    """K18: by the change feed, long before what is remembered of it fades."""
    key = key_of(mary, name="revoked")
    assert key.status() == 200
    with auth_session(mary.doors) as session:
        revoke_key(session, session.get_one(ApiKey, key.id))
    wait_until(lambda: key.status() == 401)


def test_a_deleted_key_is_refused_within_seconds(mary: Person) -> None:
    """K19."""
    key = key_of(mary, name="deleted")
    assert key.status() == 200
    with auth_session(mary.doors) as session:
        delete_key(session, session.get_one(ApiKey, key.id))
    wait_until(lambda: key.status() == 401)


def test_an_edit_of_a_key_holds_within_seconds(mary: Person) -> None:
    """AS-96: a key has no scope of its own beside what is kept of it."""
    key = key_of(mary, name="edited")
    assert key.call("memory_store", text="x").status_code == 200
    with auth_session(mary.doors) as session:
        row = session.get_one(ApiKey, key.id)
        edit_key(session, row, scopes=(Scope.MEMORY_READ,), details=parse_details(only("personal", actions=("read",))))
    wait_until(lambda: key.call("memory_store", text="x").status_code == 403)


def test_a_rotated_key_works_on_for_its_overlap(mary: Person) -> None:
    """AS-96: both work, and afterwards only the new one."""
    key = key_of(mary, name="rotated")
    with auth_session(mary.doors) as session:
        made = rotate_key(session, session.get_one(ApiKey, key.id), overlap=timedelta(seconds=2))
    assert key.status() == 200
    assert KeyHolder(key.mcp_url, made.secret).status() == 200
    wait_until(lambda: key.status() == 401)
    assert KeyHolder(key.mcp_url, made.secret).status() == 200


def test_a_revoked_keys_stream_closes(mary: Person) -> None:
    """RFC 9068 §4: nothing that a key opened outlives it."""
    key = key_of(mary, name="streams")
    opened = key.post(initialize(), Accept=BOTH_KINDS)
    headers = key.headers | {"Mcp-Session-Id": opened.headers["mcp-session-id"], "Accept": "text/event-stream"}
    with httpx2.stream("GET", key.mcp_url, headers=headers, timeout=20, **LOOPBACK) as stream:
        assert stream.status_code == 200
        with auth_session(mary.doors) as session:
            revoke_key(session, session.get_one(ApiKey, key.id))
        assert not any(line.startswith("data:") for line in stream.iter_lines())


def test_a_disabled_owner_has_no_keys(own_doors: Doors) -> None:
    """AS-96: asked at the next look, a minute later at most."""
    person = own_doors.person()
    key = key_of(person)
    with auth_session(own_doors) as session:
        session.get_one(User, session.get_one(ApiKey, key.id).user_id).disabled_at = now()
    assert key.status() == 401


def test_last_used_is_true_to_a_minute(mary: Person) -> None:
    """K17: a list of keys says which are in use."""
    key = key_of(mary, name="used")
    assert key_row(mary.doors, key.id).last_used_at is None
    key.status()
    wait_until(lambda: key_row(mary.doors, key.id).last_used_at is not None)


def test_an_unknown_key_becomes_known_within_seconds(mary: Person) -> None:
    """What was no key is not remembered for long."""
    secret = new_key_secret()
    assert KeyHolder(mary.doors.mcp_url, secret).status() == 401
    key_of(mary, name="made late", secret=secret)
    wait_until(lambda: KeyHolder(mary.doors.mcp_url, secret).status() == 200)


def test_while_the_authorization_server_is_silent_known_keys_work_and_others_are_put_off(own_doors: Doors) -> None:
    """AS-49: 503, never a 401 that makes somebody throw a good key away."""
    person = own_doors.person()
    known, other = key_of(person, name="known"), key_of(person, name="other")
    assert known.status() == 200
    own_doors.stop_auth()
    assert known.status() == 200
    assert other.status() == 503


def test_two_holders_of_one_session_id_do_not_meet(mary: Person, bob: Person) -> None:
    """M31: a session belongs to a person and a key."""
    marys, bobs = key_of(mary, name="session"), key_of(bob, name="session")
    session = marys.post(initialize(), Accept=BOTH_KINDS).headers["mcp-session-id"]
    assert marys.status(Mcp_Session_Id=session) == 200
    assert bobs.status(Mcp_Session_Id=session) == 404
    assert key_of(mary, name="another").status(Mcp_Session_Id=session) == 404
