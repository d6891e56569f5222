"""Which session a call belongs to, as memories and the ledger tell it: proven where it can be, else as said."""

from typing import Any

import pytest

from tests.doors import Connection, Person
from tests.mcp_messages import BOTH_KINDS, modern_headers, modern_request, request
from tests.mcp_sessions import open_session


@pytest.fixture(scope="module")
def app(mary: Person) -> Connection:
    """An app with both scopes in everything."""
    return mary.connect(read=("*",), write=("*",), tools=("memory", "history"))


def session_told(app: Connection, key: str) -> str:
    """The session of the last write under a key."""
    page = app.call("memory_ledger", action="write", limit=50).json()["result"]["structuredContent"]
    return next(str(entry["session_id"]) for entry in page["entries"] if entry["question"] == f"key: {key}")


def store(key: str) -> dict[str, Any]:
    """The parameters of a call that stores something."""
    return {"name": "memory_store", "arguments": {"text": "x", "key": key}}


def test_a_call_in_a_session_is_told_with_it(app: Connection) -> None:
    """Two calls of one session have one id, which is not the one that opens it."""
    session = open_session(app)
    for key in ("first", "second"):
        assert app.post(request("tools/call", store(key)), Accept=BOTH_KINDS, **session).status_code == 200
    first, second = session_told(app, "first"), session_told(app, "second")
    assert first == second
    assert first.startswith("mcs_")
    assert first not in session["Mcp-Session-Id"]


def test_a_call_without_a_session_has_none(app: Connection) -> None:
    app.post(request("tools/call", store("alone")))
    assert session_told(app, "alone") == ""


@pytest.mark.parametrize(
    ("said", "told"),
    [("conversation-7", "said:conversation-7"), ("x" * 201, ""), ("a\nb", ""), ("", ""), (7, ""), ({"a": 1}, "")],
)
def test_a_newer_client_may_name_its_conversation(app: Connection, said: object, told: str) -> None:
    """MCP 2026-07-28 has no sessions; what a client says is marked as said."""
    key = f"said {str(said)[:9]!r}"
    message = modern_request("tools/call", store(key), **{"openai/session": said})
    answer = app.post(message, **modern_headers("tools/call", "memory_store"))
    assert answer.status_code == 200, answer.text
    assert session_told(app, key) == told


def test_a_session_is_not_taken_from_what_a_client_says(app: Connection) -> None:
    session = open_session(app)
    params = store("both") | {"_meta": {"openai/session": "mcs_another"}}
    app.post(request("tools/call", params), Accept=BOTH_KINDS, **session)
    assert session_told(app, "both").startswith("mcs_")
