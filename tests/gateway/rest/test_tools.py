"""Tools over plain HTTP: listed and called, with the tokens and grants of /mcp."""

import json
from typing import Any

import httpx2
import pytest

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.rest.plain_apps import EVERY_SERVER, PlainApp, plain_app, refused
from tests.key_holders import KeyHolder, structured
from tests.loopback import LOOPBACK


@pytest.fixture
def app(doors: Doors, behind: Behind, upstream_url: str) -> PlainApp:
    """A program that may use every server; there is one, `fix`."""
    behind.http("fix", upstream_url)
    return plain_app(doors)


def test_tools_are_listed_with_their_input_schemas(app: PlainApp) -> None:
    """G13, G25."""
    found = {tool["name"]: tool for tool in app.get("/mcp/tools").json()["tools"]}
    assert found["fix__add"]["server"] == "fix"
    assert found["fix__add"]["description"] == "Adds two numbers."
    assert found["fix__add"]["input_schema"]["required"] == ["one", "two"]
    assert found["fix__add"]["annotations"]["readOnlyHint"] is True


def test_a_search_ranks_tools_with_reasons(app: PlainApp) -> None:
    """G11."""
    wait_until(lambda: app.tools())
    answer = app.post("/mcp/search", {"query": "sum of two numbers", "limit": 3})
    assert answer.status_code == 200, answer.text
    best, *others = answer.json()["tools"]
    assert (best["name"], best["server"]) == ("fix__add", "fix")
    assert "numbers" in best["reason"]
    assert all(best["score"] >= one["score"] for one in others)
    assert len(others) <= 2
    assert refused(app.post("/mcp/search", {"query": "x", "server": "nowhere"})) == (404, "not_found")
    assert refused(app.post("/mcp/search", {"query": 5})) == (422, "invalid_request")
    said = app.post("/mcp/search", {"query": "x", "top_k": 5}).json()["error_description"]
    assert said.startswith("top_k: this request takes no such member")


def test_a_search_in_a_session_finds_what_is_in_it(app: PlainApp, upstream_url: str) -> None:
    """G11, G22."""
    session = app.new_session()
    assert session.post("/mcp/search", {"query": "add numbers"}).json()["tools"] == []
    session.add({"own": {"url": upstream_url}})
    wait_until(lambda: session.tools())
    found = session.post("/mcp/search", {"query": "add numbers"}).json()["tools"]
    assert {one["server"] for one in found} == {"own"}


@pytest.mark.parametrize("name", ["fix__add", "add"])
def test_a_call_goes_to_the_server_that_has_the_tool(app: PlainApp, name: str) -> None:
    """G12."""
    answer = app.execute(name, one=2, two=3)
    assert answer.status_code == 200
    assert answer.json() == {
        "tool_name": "fix__add",
        "server": "fix",
        "is_error": False,
        "content": [{"type": "text", "text": "5"}],
        "structured_content": {"result": 5},
    }


def test_the_paths_of_earlier_clients_answer_alike(app: PlainApp) -> None:
    """G24."""
    assert app.get("/tools").json() == app.get("/mcp/tools").json()
    called = app.post("/tool", {"name": "add", "arguments": {"one": 1, "two": 1}})
    assert called.json()["structured_content"] == {"result": 2}


def test_what_the_tool_itself_gets_wrong_is_an_answer(app: PlainApp) -> None:
    answer = app.execute("fail")
    assert answer.status_code == 200
    assert answer.json()["is_error"] is True
    assert "Error executing tool fail" in answer.json()["content"][0]["text"]


def test_a_name_that_several_servers_have_is_asked_back(app: PlainApp, behind: Behind, upstream_url: str) -> None:
    """G12."""
    behind.http("other", upstream_url)
    wait_until(lambda: "other__add" in app.tools())
    answer = app.execute("add", one=1, two=1)
    assert refused(answer) == (409, "ambiguous")
    assert answer.json()["tools"] == ["fix__add", "other__add"]
    assert app.execute("other__add", one=1, two=1).json()["server"] == "other"


@pytest.mark.parametrize("name", ["nothing", "fix__nothing", "nowhere__add", "x" * 200, "ä__ö", "__"])
def test_a_tool_that_is_not_there_is_not_found(app: PlainApp, name: str) -> None:
    assert refused(app.execute(name)) == (404, "not_found")


def test_a_grant_reaches_over_http_what_it_reaches_by_mcp(doors: Doors, behind: Behind, upstream_url: str) -> None:
    """AS-117: what is outside is neither listed nor callable."""
    behind.http("fix", upstream_url)
    behind.http("other", upstream_url)
    app = plain_app(doors, {"type": "server", "server": "fix", "tools": ["add"]})
    wait_until(lambda: app.tools())
    assert app.tools() == ["fix__add"]
    assert [one["server_name"] for one in app.get("/mcp/servers").json()["servers"]] == ["fix"]
    assert refused(app.execute("fix__remember", text="x")) == (403, "not_granted")
    assert "www-authenticate" not in app.execute("fix__remember", text="x").headers
    assert refused(app.execute("other__add", one=1, two=1)) == (404, "not_found")


def test_a_tool_that_asks_the_person_says_that_this_needs_mcp(app: PlainApp, behind: Behind, old_url: str) -> None:
    behind.http("old", old_url)
    wait_until(lambda: "old__where" in app.tools())
    assert refused(app.execute("fix__where")) == (422, "input_wanted")
    assert refused(app.execute("old__where")) == (422, "input_wanted")


def test_a_server_that_is_down_is_unavailable(app: PlainApp, behind: Behind) -> None:
    behind.http("down", "http://127.0.0.1:9/mcp")
    assert refused(app.execute("down__add", one=1, two=1)) == (503, "server_unavailable")
    shown = {one["server_name"]: one for one in app.get("/mcp/servers").json()["servers"]}
    assert shown["down"]["state"] == "unavailable"
    assert shown["fix"]["state"] == "ready"
    assert "cannot be reached" in shown["down"]["problem"]


def test_servers_are_shown_with_their_transports_and_tools(app: PlainApp) -> None:
    """G14."""
    [shown] = app.get("/mcp/servers").json()["servers"]
    assert (shown["server_name"], shown["transport"], shown["belongs_to"]) == ("fix", "http", "everybody")
    assert "fix__add" in shown["tools"]


def test_our_own_tools_are_there_as_far_as_the_grant_goes(doors: Doors) -> None:
    memory = {"type": "memory", "actions": ["read", "write"], "namespaces": ["*"]}
    app = plain_app(doors, EVERY_SERVER, memory, scope="gateway:call memory:read memory:write")
    assert app.execute("memory_store", text="The milk is sour.").json()["is_error"] is False
    found = app.execute("memory_search", query="milk").json()
    assert found["server"] == "ostiary"
    assert "sour" in json.dumps(found["structured_content"])
    unreached = plain_app(doors).execute("memory_search", query="milk")
    assert refused(unreached) == (403, "insufficient_scope")
    assert "needs the scope memory:read" in unreached.json()["error_description"]


def test_the_person_finds_a_call_over_http_in_their_ledger(doors: Doors, behind: Behind, upstream_url: str) -> None:
    behind.http("fix", upstream_url)
    memory = {"type": "memory", "actions": ["read"], "namespaces": ["*"]}
    sets = {"type": "tools", "sets": ["memory", "history"]}
    app = plain_app(doors, EVERY_SERVER, memory, sets, scope="gateway:call memory:read")
    app.execute("remember", text="the milk")
    by_mcp = KeyHolder(doors.mcp_url, app.secret)
    entries = structured(by_mcp.call("memory_ledger", action="call"))["entries"]
    assert [(entry["tool"], entry["question"]) for entry in entries] == [("fix__remember", "text: the milk")]


def test_no_header_of_the_caller_reaches_the_server(app: PlainApp) -> None:
    """AS-101."""
    seen = app.execute("seen_headers").json()["structured_content"]
    assert app.secret not in str(seen)


def test_health_counts_servers_and_their_tools(app: PlainApp, doors: Doors) -> None:
    """G21."""
    assert app.tools()
    health = doors.health()
    assert health["servers"] == 1
    assert health["tools"] >= len(app.tools())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"tool_name": "add", "tool_name": "fail"}', 400),
        (b'{"tool_name": NaN}', 400),
        (b'{"tool_name": "add", "args": ' + b'{"a":' * 100 + b"1" + b"}" * 101, 400),
        (b'{"tool_name": "\\ud800"}', 400),
        (b"\xff\xfe", 400),
        (b'{"tool_name": 5}', 422),
        (b'{"tool_name": "add", "args": []}', 422),
        (b'{"tool_name": "add", "user_id": "usr_1"}', 422),
        (b"{}", 422),
        (b"", 422),
        (b'{"tool_name": "' + b"x" * 2_000_000 + b'"}', 413),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_cannot_be_used_is_refused_in_words(app: PlainApp, body: bytes, status: int) -> None:
    answer = httpx2.post(f"{app.origin}/mcp/execute", content=body, headers=app.headers, **LOOPBACK)
    assert answer.status_code == status, answer.text
    assert answer.json()["error_description"]


def test_a_body_is_json_whatever_it_is_called(app: PlainApp) -> None:
    """As curl sends it with -d."""
    headers = app.headers | {"Content-Type": "application/x-www-form-urlencoded"}
    body = b'{"tool_name": "add", "args": {"one": 1, "two": 1}}'
    answer = httpx2.post(f"{app.origin}/mcp/execute", content=body, headers=headers, timeout=30, **LOOPBACK)
    assert answer.json()["structured_content"] == {"result": 2}


@pytest.mark.parametrize("session", ["%00", "a%0d%0ab", "%ff", "x" * 300])
def test_an_id_that_can_be_none_is_refused(app: PlainApp, session: str) -> None:
    """AS-121."""
    assert app.get(f"/sessions/{session}").status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/mcp/execute"), ("GET", "/mcp/tools"), ("GET", "/sessions/sess_x"), ("POST", "/add-server")],
)
def test_without_a_token_every_path_says_where_to_get_one(doors: Doors, method: str, path: str) -> None:
    """RFC 9728 §5.1."""
    answer = httpx2.request(method, doors.origin + path, **LOOPBACK)
    assert refused(answer) == (401, "invalid_token")
    assert "resource_metadata=" in answer.headers["www-authenticate"]
    assert 'scope="memory:read memory:write gateway:call"' in answer.headers["www-authenticate"]


def test_without_the_scope_the_challenge_names_it(doors: Doors) -> None:
    """RFC 6750 §3.1."""
    memory = {"type": "memory", "actions": ["read"], "namespaces": ["*"]}
    answer = plain_app(doors, memory, scope="memory:read").get("/mcp/tools")
    assert refused(answer) == (403, "insufficient_scope")
    assert 'scope="memory:read gateway:call"' in answer.headers["www-authenticate"]


def test_only_pages_of_known_origins_may_call(app: PlainApp) -> None:
    """G23."""
    elsewhere = app.headers | {"Origin": "https://evil.example"}
    assert refused(httpx2.get(f"{app.origin}/mcp/tools", headers=elsewhere, **LOOPBACK)) == (403, "forbidden")
    page = {"Origin": "http://localhost:5173"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-session-id"}
    preflight = httpx2.options(f"{app.origin}/mcp/execute", headers=page | asked, **LOOPBACK)
    assert preflight.status_code == 204
    assert "X-Session-ID" in preflight.headers["access-control-allow-headers"]
    allowed = httpx2.get(f"{app.origin}/sessions", headers=app.headers | page, **LOOPBACK)
    assert allowed.headers["access-control-allow-origin"] == page["Origin"]


def test_another_method_is_refused(app: PlainApp) -> None:
    assert app.get("/mcp/execute").status_code == 405
    assert app.delete("/mcp/tools").status_code == 405


def test_the_document_describes_every_path(doors: Doors) -> None:
    """G25."""
    document: dict[str, Any] = httpx2.get(f"{doors.origin}/mcp/openapi.json", **LOOPBACK).json()
    assert document["openapi"] == "3.1.0"
    assert {"/mcp/tools", "/mcp/execute", "/mcp/servers", "/sessions/{session_id}"} <= document["paths"].keys()
    assert document["servers"] == [{"url": doors.origin}]
