"""Calls that are only passed on, from an app of MCP 2026-07-28 to a server of it: nothing is let by for being quick."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from mcp_types import LOG_LEVEL_META_KEY

from resource_server.gateway.forwarding.connections import Connections
from resource_server.gateway.http_clients import HttpClients, RefusedAddressError
from shared.safe_fetch import Network
from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.odd_server import OddServer
from tests.gateway.test_tools import EVERYTHING, holder, names
from tests.key_holders import KeyHolder, key_of, key_row
from tests.loopback import LOOPBACK
from tests.mcp_messages import modern_headers, modern_request
from tests.servers import serving


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[OddServer, str]]:
    """The odd server and its address."""
    odd = OddServer()
    with serving(odd) as origin:
        yield odd, f"{origin}/mcp"


@pytest.fixture
def odd(running: tuple[OddServer, str], behind: Behind) -> OddServer:
    """The odd server, behind the doors as `odd`."""
    behind.http("odd", running[1], secrets={"Authorization": "Bearer of-the-installation"})
    running[0].seen.clear()
    return running[0]


@pytest.fixture
def app(doors: Doors, odd: OddServer) -> KeyHolder:  # noqa: ARG001 (it stands behind the doors)
    """A program of a new person that may call everything, once the server is known to be a modern one."""
    one = holder(doors)
    wait_until(lambda: "odd__echo" in names(one))
    return one


def posted(app: KeyHolder, tool: str, headers: dict[str, str] | None = None, **params: Any) -> httpx2.Response:
    """The answer to a call of the newest revision."""
    meta = params.pop("meta", {})
    message = modern_request("tools/call", {"name": tool} | params, **meta)
    return app.post(message, **modern_headers("tools/call", tool) | (headers or {}))


def text_of(answer: httpx2.Response) -> str:
    """What the tool said, or why it was not asked."""
    assert answer.headers["content-type"] == "application/json", answer.text
    text: str = answer.json()["result"]["content"][0]["text"]
    return text


def test_nothing_of_the_app_but_its_call_reaches_the_server(app: KeyHolder, odd: OddServer) -> None:
    """AS-101: and no cookie that a server once gave to anybody."""
    headers = {
        "Cookie": "a=b",
        "X-Request-Id": "1",
        "Traceparent": "00-1",
        "Forwarded": "for=1.2.3.4",
        "Origin": app.mcp_url,
    }
    headers["Origin"] = app.mcp_url.removesuffix("/mcp")
    posted(app, "odd__cookies", headers)
    assert text_of(posted(app, "odd__cookies", headers, meta={"traceparent": "00-2"})) == "none"
    seen, params = odd.seen[-1]
    ours = {"accept", "accept-encoding", "content-type", "content-length", "host", "user-agent", "authorization"}
    assert seen.keys() == ours | {"mcp-protocol-version", "mcp-method", "mcp-name"}
    assert (seen["authorization"], seen["mcp-name"]) == ("Bearer of-the-installation", "cookies")
    assert app.secret not in json.dumps([seen, params])
    assert params["_meta"]["traceparent"] == "00-2"
    assert params["_meta"]["io.modelcontextprotocol/clientInfo"]["name"] == "ostiary"


def test_a_grant_counts_here_too(doors: Doors, odd: OddServer, app: KeyHolder) -> None:
    one = holder(doors, {"type": "server", "server": "odd", "tools": ["*"], "read_only": True})
    assert text_of(posted(one, "odd__echo", arguments={"text": "read"})) == "read"
    assert "does not reach this tool" in text_of(posted(one, "odd__extra"))
    assert "does not reach a server" in text_of(posted(one, "other__echo"))
    refused = posted(key_of(doors.person()), "odd__echo")
    assert (refused.status_code, refused.json()["error"]["data"]) == (403, {"requiredScopes": ["gateway:call"]})
    assert len(odd.seen) == 1
    assert app.secret != one.secret


def test_a_tool_that_changed_is_not_called(doors: Doors, behind: Behind, odd: OddServer, app: KeyHolder) -> None:
    """AS-105: as soon as another process says what was accepted."""
    assert text_of(posted(app, "odd__echo", arguments={"text": "one"})) == "one"
    server = behind.upstreams.named("odd")
    assert server is not None
    behind.accept(server, key_row(doors, app.id).user_id, {"echo": {"name": "echo", "description": "Another."}})
    assert "waits for the person to accept it" in text_of(posted(app, "odd__echo", arguments={"text": "two"}))
    assert len(odd.seen) == 1


def test_each_call_gets_its_own_answer(doors: Doors, app: KeyHolder) -> None:
    """However many there are at once, and whoever calls."""
    other = holder(doors)
    assert text_of(posted(other, "odd__echo", arguments={"text": "first"})) == "first"

    def answered(number: int) -> bool:
        who, text = (app, "of one") if number % 2 else (other, "of the other")
        message = modern_request("tools/call", {"name": "odd__echo", "arguments": {"text": f"{text} {number}"}})
        answer = who.post(message | {"id": number}, **modern_headers("tools/call", "odd__echo"))
        return text_of(answer) == f"{text} {number}" and answer.json()["id"] == number

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(answered, range(100)))


def test_what_headers_say_must_be_what_the_body_says(app: KeyHolder, odd: OddServer) -> None:
    mismatched = posted(app, "odd__echo", {"Mcp-Name": "odd__extra"})
    assert (mismatched.status_code, mismatched.json()["error"]["code"]) == (400, -32020)
    untold = posted(app, "odd__routed", arguments={"region": "eu"})
    assert (untold.status_code, untold.json()["error"]["code"]) == (400, -32020)
    assert odd.seen == []
    assert posted(app, "odd__routed", {"Mcp-Param-Region": "eu"}, arguments={"region": "eu"}).status_code == 200
    assert odd.seen[0][0]["mcp-param-region"] == "eu"


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ("other-id", "answered another question"),
        ("no-result", "not one of the protocol"),
        ("garbage", "not one of the protocol"),
        ("huge", "at most 4 MB"),
        ("packed", "not compressed"),
        ("broken-off", "ended the connection"),
        ("fails", "answers with the HTTP status 500"),
        ("elsewhere", "sends whoever asks to another address"),
        ("refuses", "refuses the credential"),
    ],
)
def test_what_is_no_answer_is_told_in_words(app: KeyHolder, tool: str, told: str) -> None:
    answer = posted(app, f"odd__{tool}").json()
    said = answer["error"]["message"] if "error" in answer else answer["result"]["content"][0]["text"]
    assert told in said
    assert "secrets" not in said
    assert text_of(posted(app, "odd__echo", arguments={"text": "goes on"})) == "goes on"


def test_a_server_may_send_on_within_its_origin(app: KeyHolder) -> None:
    assert text_of(posted(app, "odd__here-again")) == "moved"


def test_a_servers_own_error_is_passed_on(app: KeyHolder) -> None:
    answer = posted(app, "odd__unknown")
    assert (answer.status_code, answer.json()["error"]) == (404, {"code": -32601, "message": "Method not found"})


def test_a_result_says_who_answered_and_nothing_that_the_protocol_has_not(app: KeyHolder) -> None:
    result = posted(app, "odd__extra", arguments={"text": "x"}).json()["result"]
    assert result.keys() == {"resultType", "content", "_meta"} | ({"isError"} & result.keys())
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "ostiary"


def test_a_number_that_is_too_large_leaves_the_answer_json(app: KeyHolder) -> None:
    """RFC 8259 §6."""

    def refuse(word: str) -> None:
        pytest.fail(f"{word} is not JSON")

    answer = json.loads(posted(app, "odd__boundless").content, parse_constant=refuse)
    assert answer["result"]["structuredContent"] == {"most": None}


def test_news_on_the_way_comes_as_a_stream_to_who_reads_one(app: KeyHolder) -> None:
    answer = posted(app, "odd__streams", meta={"progressToken": "mine", LOG_LEVEL_META_KEY: "debug"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert [event.get("method") for event in events] == ["notifications/progress", "notifications/message", None]
    assert events[0]["params"] == {"progressToken": "mine", "progress": 1, "message": "half"}
    assert (events[-1]["id"], events[-1]["result"]["content"][0]["text"]) == (1, "streamed")
    assert text_of(posted(app, "odd__streams", {"Accept": "application/json"})) == "streamed"


def test_a_servers_state_is_sealed(app: KeyHolder) -> None:
    """AS-107."""
    result = posted(app, "odd__asks").json()["result"]
    assert result["resultType"] == "input_required"
    assert "of the server" not in json.dumps(result)
    again = posted(app, "odd__echo", requestState=result["requestState"], inputResponses={})
    assert again.json()["error"]["code"] == -32602


def test_an_app_that_leaves_takes_its_call_with_it(app: KeyHolder, odd: OddServer) -> None:
    message = modern_request("tools/call", {"name": "odd__hangs", "arguments": {}})
    headers = app.headers | modern_headers("tools/call", "odd__hangs")
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(app.mcp_url, json=message, headers=headers, timeout=0.5, **LOOPBACK)
    wait_until(lambda: odd.gone == 1)


def test_a_call_stands_in_the_ledger_once_and_its_further_rounds_do_not(doors: Doors, app: KeyHolder) -> None:
    memory = {"type": "memory", "actions": ["read"], "namespaces": ["*"]}
    tools = {"type": "tools", "sets": ["memory", "history"]}
    one = key_of(doors.person(), scope="memory:read gateway:call", details=[EVERYTHING, memory, tools])
    state = posted(one, "odd__asks").json()["result"]["requestState"]
    posted(one, "odd__asks", requestState=state, inputResponses={})
    posted(one, "odd__echo", arguments={"text": "the milk"})
    entries = one.call("memory_ledger", action="call").json()["result"]["structuredContent"]["entries"]
    found = [(entry["tool"], entry["question"]) for entry in entries]
    assert found == [("odd__echo", "text: the milk"), ("odd__asks", "")]
    assert app.id != one.id


def test_each_person_calls_with_their_own_credential(
    doors: Doors, behind: Behind, running: tuple[OddServer, str]
) -> None:
    server = behind.http("own", running[1], asks=("X-Key",))
    apps = [holder(doors) for _ in range(2)]
    for number, one in enumerate(apps):
        behind.upstreams.enter(server, key_row(doors, one.id).user_id, {"X-Key": f"of {number}"})
        wait_until(lambda one=one: "own__echo" in names(one))
    for number, one in [*enumerate(apps)] * 2:
        posted(one, "own__echo", arguments={"text": "x"})
        assert running[0].seen[-1][0]["x-key"] == f"of {number}"
    behind.upstreams.forget(server, key_row(doors, apps[0].id).user_id)
    assert "connect own" in text_of(posted(apps[0], "own__echo"))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:7f00:1]"]
)
async def test_no_address_goes_unjudged(host: str) -> None:
    """AS-100: in whichever way it is written."""
    connections = Connections(HttpClients())
    with pytest.raises(RefusedAddressError):
        await connections.post(connections.judged(f"https://{host}/mcp"), b"{}", {}, 5)


@pytest.mark.anyio
async def test_a_name_is_connected_to_where_it_was_judged() -> None:
    """AS-100."""

    async def resolve(_host: str, port: int) -> list[tuple[str, int]]:
        return [("93.184.216.34", port), ("10.0.0.1", port)]

    connections = Connections(HttpClients(network=Network(resolve)))
    with pytest.raises(RefusedAddressError, match="public internet"):
        await connections.post(connections.judged("https://rebinding.example/mcp"), b"{}", {}, 5)
