"""Two people at one server never see each other's memories, whatever they send: each door is tried over HTTP."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from auth_server.oauth.pkce import challenge_of
from shared.tool_sets import EVERY
from tests.doors import REDIRECT_URI, Connection, Doors, Person
from tests.loopback import LOOPBACK

SECRET = "the vault opens at midnight"
ALL = ("*",)


@pytest.fixture(scope="module")
def marys(mary: Person) -> Connection:
    """An app of Mary's that may do everything, with one memory stored."""
    return mary.connect(read=ALL, write=ALL, tools=tuple(EVERY))


@pytest.fixture(scope="module")
def bobs(bob: Person) -> Connection:
    """An app of Bob's that may do everything Bob may."""
    return bob.connect(read=ALL, write=ALL, tools=tuple(EVERY))


@pytest.fixture(scope="module")
def marys_memory(marys: Connection) -> dict[str, Any]:
    """What Bob must never see."""
    structured(marys.call("memory_store", text=SECRET, key="opening", tags=["vault"], namespace="heist"))
    (memory,) = structured(marys.call("memory_recall", key="opening"))["memories"]
    return dict(memory)


@pytest.fixture(autouse=True)
def _untouched(marys: Connection, marys_memory: dict[str, Any]) -> Iterator[None]:
    """After each test Mary's memory is what it was."""
    yield
    assert structured(marys.call("memory_recall", key="opening"))["memories"] == [marys_memory]


def structured(answer: httpx2.Response) -> dict[str, Any]:
    """The structured answer of a tool that did not refuse."""
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert not result.get("isError"), result
    return dict(result["structuredContent"])


def shows_nothing(answer: httpx2.Response) -> bool:
    """Neither Mary's words nor her namespace are in the answer, whatever its kind."""
    return answer.status_code < 500 and "midnight" not in answer.text and "heist" not in answer.text


def subject(connection: Connection) -> str:
    """The user id in a token."""
    payload = connection.access_token.split(".")[1]
    return str(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])


READS = (
    ("memory_recall", {"key": "opening"}),
    ("memory_recall", {"query": "when does the vault open"}),
    ("memory_search", {"query": SECRET}),
    ("memory_search", {"query": "vault", "tags": ["vault"]}),
    ("search", {"query": SECRET}),
    ("memory_list", {}),
    ("retrieve_memory", {"query": SECRET}),
    ("get_user_profile", {}),
    ("memory_stats", {}),
    ("memory_stats", {"as_of": "2100-01-01T00:00:00Z"}),
    ("memory_history", {"key": "opening"}),
    ("memory_diff", {"since": "2020-01-01T00:00:00Z"}),
    ("memory_trash", {}),
    ("memory_rollback", {"app": "Test app", "since": "2020-01-01T00:00:00Z"}),
    ("memory_delete_many", {"tags": ["vault"]}),
    ("graph_query", {"node": "opening", "depth": 4}),
    ("graph_query", {"node": "The vault", "history": True}),
    ("memory_related", {"memory": "opening"}),
    ("graph_topics", {}),
    ("server_status", {}),
)


@pytest.mark.parametrize(("tool", "arguments"), READS)
def test_another_persons_memories_are_in_no_answer(bobs: Connection, tool: str, arguments: dict[str, Any]) -> None:
    assert shows_nothing(bobs.call(tool, **arguments))


@pytest.mark.parametrize(("tool", "arguments"), READS)
def test_naming_another_person_in_the_arguments_is_refused(
    marys: Connection, bobs: Connection, tool: str, arguments: dict[str, Any]
) -> None:
    names = (subject(marys), "default", "default_user", "*", f"../{subject(marys)}")
    for user_id in names if tool != "get_user_profile" else set(names) - {"default"}:
        answer = bobs.call(tool, user_id=user_id, **arguments)
        assert answer.json()["result"]["isError"]
        assert shows_nothing(answer)


@pytest.mark.parametrize("name", ["X-User-ID", "X-Forwarded-User", "Remote-User", "X-Ostiary-User", "Cookie"])
def test_no_header_names_another_person(marys: Connection, bobs: Connection, name: str) -> None:
    message = tool_call("memory_search", query=SECRET)
    assert shows_nothing(bobs.post(message, **{name: subject(marys)}))


def test_no_query_string_names_another_person(marys: Connection, bobs: Connection) -> None:
    mary = subject(marys)
    for query in (
        f"user_id={mary}",
        f"sub={mary}",
        f"token={marys.access_token}",
        f"access_token={marys.access_token}",
    ):
        url = f"{bobs.mcp_url}?{query}"
        message = tool_call("memory_search", query=SECRET)
        assert shows_nothing(httpx2.post(url, json=message, headers=bobs.headers, **LOOPBACK))


def test_another_persons_id_names_nothing(bobs: Connection, marys_memory: dict[str, Any]) -> None:
    for tool, arguments in (
        ("memory_update", {"text": "mine now"}),
        ("memory_delete", {}),
        ("fetch", {}),
        ("memory_history", {}),
    ):
        answer = bobs.call(tool, id=marys_memory["id"], **arguments)
        assert answer.json()["result"]["isError"]
        assert shows_nothing(answer)


def test_another_persons_cursor_leads_through_ones_own_list(bobs: Connection, marys_memory: dict[str, Any]) -> None:
    assert shows_nothing(bobs.call("memory_list", cursor=marys_memory["id"]))


def test_another_persons_key_is_free(bobs: Connection) -> None:
    assert structured(bobs.call("memory_store", text="Bob's own", key="opening", namespace="bobs"))["created"] is True
    structured(bobs.call("memory_delete", key="opening"))


def test_another_persons_session_is_not_there(marys: Connection, bobs: Connection) -> None:
    """AS-106: a foreign session id is answered like one that never was."""
    session = opened_session(marys)
    for method in ("POST", "GET", "DELETE"):
        answer = httpx2.request(
            method,
            bobs.mcp_url,
            headers=bobs.headers | {"Mcp-Session-Id": session, "Accept": "application/json, text/event-stream"},
            json=tool_call("memory_list") if method == "POST" else None,
            **LOOPBACK,
        )
        assert answer.status_code == 404
        assert shows_nothing(answer)
    still_there = marys.post(tool_call("memory_list"), Mcp_Session_Id=session, Accept=BOTH_FORMS)
    assert still_there.status_code == 200


def test_the_same_app_serves_two_people_apart(doors: Doors, mary: Person, bob: Person) -> None:
    """One client_id, two people: what is shared is the app, never the memories."""
    client_id = doors.register(client_name="Shared app")
    of_mary = mary.connect(read=ALL, write=ALL, client_id=client_id, tools=tuple(EVERY))
    of_bob = bob.connect(read=ALL, write=ALL, client_id=client_id, tools=tuple(EVERY))
    assert "midnight" in of_mary.call("memory_recall", key="opening").text
    assert shows_nothing(of_bob.call("memory_recall", key="opening"))


def test_a_person_is_offered_only_their_own_namespaces(mary: Person, bob: Person, bobs: Connection) -> None:
    """The consent page asks the resource server what this person has to choose from."""
    asked = {
        "response_type": "code",
        "client_id": bobs.client_id,
        "redirect_uri": REDIRECT_URI,
        "code_challenge": challenge_of("v" * 43),
        "code_challenge_method": "S256",
    }
    pages = [person.browser.get("/authorize", params=asked) for person in (mary, bob)]
    assert [page.status_code for page in pages] == [200, 200]
    assert ["heist" in page.text for page in pages] == [True, False]


def test_a_narrow_app_of_the_same_person_sees_what_it_was_given(mary: Person, marys: Connection) -> None:
    """AS-117: the person's own choice of namespaces separates apps as accounts separate people."""
    structured(marys.call("memory_store", text="buy milk", key="shopping", namespace="home"))
    narrow = mary.connect(read=("home",), write=("home",), tools=tuple(EVERY))
    for tool, arguments in READS:
        assert shows_nothing(narrow.call(tool, **arguments))
    assert [memory["text"] for memory in structured(narrow.call("memory_list"))["memories"]] == ["buy milk"]
    refused = narrow.call("memory_recall", key="opening", namespace="heist")
    assert refused.status_code == 200
    assert refused.json()["result"]["isError"]
    assert "WWW-Authenticate" not in refused.headers
    structured(marys.call("memory_delete", key="shopping"))


BOTH_FORMS = "application/json, text/event-stream"


def tool_call(tool: str, **arguments: Any) -> dict[str, Any]:
    """The JSON-RPC message of a call."""
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def opened_session(connection: Connection) -> str:
    """The id of a session that was initialized."""
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
    answer = connection.post(message, Accept=BOTH_FORMS)
    connection.post(
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        Mcp_Session_Id=answer.headers["Mcp-Session-Id"],
        Accept=BOTH_FORMS,
    )
    return str(answer.headers["Mcp-Session-Id"])
