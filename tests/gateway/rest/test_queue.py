"""G8: requests in Redis, answered by workers, each with a token as at the door."""

import json
from typing import Any

import pytest

from resource_server.queue.answers import MOST_LISTED
from tests.doors import Doors, wait_until
from tests.gateway.rest.plain_apps import PlainApp, plain_app
from tests.gateway.rest.queue_fixtures import app as app
from tests.gateway.rest.queue_fixtures import queue as queue
from tests.gateway.rest.queue_fixtures import worker as worker
from tests.gateway.rest.queues import Queue, workers
from tests.redis_server import RedisServer


@pytest.mark.usefixtures("worker")
def test_requests_are_answered_as_over_http(queue: Queue, app: PlainApp) -> None:
    """G8."""
    queue.put("1", app.secret, tool_name="add", args={"one": 2, "two": 3})
    status, body = queue.answer_to("1")
    assert (status, body) == (200, app.execute("add", one=2, two=3).json())
    queue.put("2", app.secret, method="tools")
    assert "fix__add" in [tool["name"] for tool in queue.answer_to("2")[1]["tools"]]
    queue.put("3", app.secret, query="sum of numbers")
    assert queue.answer_to("3")[1]["tools"][0]["name"] == "fix__add"
    queue.put("4", app.secret, method="servers")
    assert queue.answer_to("4")[1]["servers"][0]["server_name"] == "fix"
    whole = {"id": 5, "token": app.secret, "method": "tools/call", "name": "fail", "arguments": {}}
    queue.redis.xadd("mcp_requests", {"data": json.dumps(whole)})
    assert queue.answer_to("5")[1]["is_error"] is True
    session = app.new_session()
    queue.put("6", app.secret, method="tools", session=session.session)
    assert queue.answer_to("6") == (200, {"tools": []})


@pytest.mark.usefixtures("worker")
def test_a_request_without_a_good_token_is_answered_with_an_error(queue: Queue, app: PlainApp, doors: Doors) -> None:
    """G8: as the decision on it says."""
    queue.put("none", "", tool_name="add", args={})
    assert queue.answer_to("none")[0] == 401
    queue.put("bad", "ost_nonsense", tool_name="add", args={})
    assert queue.answer_to("bad")[1]["error"] == "invalid_token"
    memory = {"type": "memory", "actions": ["read"], "namespaces": ["*"]}
    queue.put("narrow", plain_app(doors, memory, scope="memory:read").secret, tool_name="add", args={})
    assert queue.answer_to("narrow")[1]["error"] == "insufficient_scope"
    queue.put("foreign", app.secret, method="tools", session="sess_of_somebody_else")
    assert queue.answer_to("foreign")[1]["error"] == "session_unknown"


@pytest.mark.usefixtures("worker")
def test_no_token_stays_in_redis(queue: Queue, app: PlainApp) -> None:
    queue.put("1", app.secret, tool_name="add", args={"one": 1, "two": 1})
    queue.put("2", app.secret, tool_name="add", args="{")
    queue.redis.xadd("mcp_requests", {"data": f'{{"token": "{app.secret}"'})
    queue.put("3", app.secret, method="dance")
    for request_id in ("1", "2", "3"):
        queue.answer_to(request_id)
    wait_until(lambda: queue.redis.xlen("mcp_requests") == 0)
    assert app.secret not in queue.everything()
    assert len(queue.dead_letters()) == 3


STRANGE: list[dict[Any, Any]] = [
    {"x": "y"},
    {"data": "[1]"},
    {"data": "[" * 100_000},
    {"data": '{"id": {"a": 1}}'},
    {"data": '{"id": "\\ud800"}'},
    {"id": "x" * 300},
    {"id": "1", "token": "a b\nc"},
    {"id": "2", "token": "t", "args": "[" * 1000},
    {"id": "3", "token": "t", "args": "x" * 2_000_000},
    {b"id": b"\xff\xfe", b"token": b"\xff"},
]


@pytest.mark.usefixtures("worker")
def test_what_cannot_be_asked_is_answered_and_ends_no_worker(queue: Queue, app: PlainApp) -> None:
    for fields in STRANGE:
        queue.redis.xadd("mcp_requests", fields)
    queue.put("after", app.secret, tool_name="add", args={"one": 1, "two": 1})
    assert queue.answer_to("after")[0] == 200
    wait_until(lambda: len(queue.answers()) == len(STRANGE) + 1)
    assert sorted(status for _, status, _ in queue.answers()) == [200] + [400] * len(STRANGE)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("args", ["NaN", "1e999", '"\\ud800"', "[" * 980 + "]" * 980])
def test_what_no_body_can_hold_is_refused_at_once(queue: Queue, app: PlainApp, args: str) -> None:
    """Not taken again and again, with its token in Redis meanwhile."""
    queue.put("odd", app.secret, tool_name="add", args=f'{{"one": {args}, "two": 1}}')
    assert queue.answer_to("odd")[0] == 400
    queue.put("listing", app.secret, method="tools", args=f'{{"one": {args}}}')
    assert queue.answer_to("listing")[0] == 400
    assert app.secret not in queue.everything()


def test_a_request_of_a_list_is_not_lost_where_it_cannot_be_moved(
    queue: Queue, app: PlainApp, doors: Doors, redis_server: RedisServer
) -> None:
    queue.redis.set("mcp_requests:listed", "in the way")
    request = {"id": "1", "token": app.secret, "tool_name": "add", "args": {"one": 1, "two": 2}}
    queue.redis.lpush("mcp_requests", json.dumps(request))
    with workers(doors, redis_server):
        asked = int(str(queue.redis.info()["total_commands_processed"]))  # type: ignore[index]
        wait_until(lambda: scripts_run(queue) > 2)
        queue.redis.delete("mcp_requests:listed")
        wait_until(lambda: queue.redis.llen("mcp_responses") == 1)
    assert int(str(queue.redis.info()["total_commands_processed"])) - asked < 1000  # type: ignore[index]


def scripts_run(queue: Queue) -> int:
    """How often anybody ran one at this Redis."""
    told: Any = queue.redis.info("commandstats")
    return int(told.get("cmdstat_eval", {}).get("calls", 0))


@pytest.mark.usefixtures("worker")
def test_a_list_of_answers_that_nobody_reads_is_bounded(queue: Queue, app: PlainApp) -> None:
    """The newest stay, and at last nothing."""
    queue.redis.rpush("mcp_responses", *map(str, range(MOST_LISTED + 50)))
    request = {"id": "new", "token": app.secret, "tool_name": "add", "args": {"one": 1, "two": 2}}
    queue.redis.lpush("mcp_requests", json.dumps(request))
    wait_until(lambda: queue.redis.exists("mcp_response:new") == 1)
    assert queue.redis.llen("mcp_responses") == MOST_LISTED
    assert json.loads(str(queue.redis.lindex("mcp_responses", 0)))["id"] == "new"
    assert 0 < int(str(queue.redis.ttl("mcp_responses"))) <= 60


@pytest.mark.usefixtures("worker")
def test_earlier_producers_are_served_by_lists(queue: Queue, app: PlainApp) -> None:
    """G8: where a key of that name is a list."""
    for number in ("1", "2"):
        request = {"id": number, "token": app.secret, "tool_name": "add", "args": {"one": 1, "two": int(number)}}
        queue.redis.lpush("mcp_requests", json.dumps(request))
    wait_until(lambda: queue.redis.llen("mcp_responses") == 2)
    answers = [json.loads(str(queue.redis.rpop("mcp_responses"))) for _ in range(2)]
    assert [(one["id"], one["response"]["structured_content"]["result"]) for one in answers] in (
        [("1", 2), ("2", 3)],
        [("2", 3), ("1", 2)],
    )
    queue.put("3", app.secret, tool_name="add", args={"one": 1, "two": 3})
    assert queue.answer_to("3")[0] == 200
