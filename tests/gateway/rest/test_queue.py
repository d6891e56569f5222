"""G8: requests in Redis, answered by workers, each with a token as at the door."""

import json
import os
import signal
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

import pytest

from resource_server.queue.answers import MOST_LISTED
from tests.doors import MASTER_KEY, Doors, wait_until
from tests.forking.forked import Forked
from tests.gateway.conftest import Behind
from tests.gateway.rest.plain_apps import PlainApp, plain_app
from tests.gateway.rest.queues import Queue, workers
from tests.redis_server import RedisServer
from tests.servers import PATIENCE


@pytest.fixture
def app(doors: Doors, behind: Behind, upstream_url: str) -> PlainApp:
    """A program that may use every server; there is one, `fix`."""
    behind.http("fix", upstream_url)
    return plain_app(doors)


@pytest.fixture
def queue(redis_server: RedisServer) -> Queue:
    """An empty queue, and nobody who works."""
    return Queue(redis_server)


@pytest.fixture
def worker(doors: Doors, redis_server: RedisServer) -> Iterator[None]:
    """One worker."""
    with workers(doors, redis_server):
        yield


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
def test_a_request_that_is_sent_twice_is_done_once(queue: Queue, app: PlainApp, doors: Doors) -> None:
    """AS-108, G8."""
    for _ in range(5):
        queue.put("same", app.secret, tool_name="process", args={})
    queue.answer_to("same")
    other = plain_app(doors)
    queue.put("same", other.secret, tool_name="process", args={})
    queue.put("last", app.secret, tool_name="process", args={})
    queue.answer_to("last")
    wait_until(lambda: queue.redis.xlen("mcp_requests") == 0)
    assert [one[1] for one in queue.answers() if one[0] == "same"] == [200, 409]
    assert json.loads(str(queue.redis.get("mcp_response:same")))["status"] == 200
    assert 0 < int(str(queue.redis.ttl("mcp_response:same"))) <= 60


def stored(queue: Queue, request_id: str) -> dict[str, Any]:
    """The answer that lies at the id."""
    found: dict[str, Any] = json.loads(str(queue.redis.get(f"mcp_response:{request_id}")))
    return found


@pytest.mark.usefixtures("worker")
def test_an_answer_that_nobody_took_is_not_replaced_by_somebody_else(queue: Queue, app: PlainApp, doors: Doors) -> None:
    """Whatever they ask, and however badly; once it was taken the id is free."""
    other = plain_app(doors)
    queue.put("1", app.secret, tool_name="add", args={"one": 1, "two": 2})
    queue.answer_to("1")
    queue.put("1", other.secret, tool_name="add", args={"one": 5, "two": 5})
    queue.put("1", "ost_nonsense", tool_name="add", args={"one": 5, "two": 5})
    queue.put("1", "", method="dance")
    wait_until(lambda: queue.redis.xlen("mcp_requests") == 0)
    assert sorted(one[1] for one in queue.answers()) == [200, 400, 409, 409]
    assert stored(queue, "1")["response"]["structured_content"] == {"result": 3}
    assert [letter["reason"] for letter in queue.dead_letters()].count("id_in_use") == 2
    queue.redis.delete("mcp_response:1")
    queue.put("1", other.secret, tool_name="add", args={"one": 5, "two": 5})
    wait_until(lambda: queue.redis.exists("mcp_response:1") == 1)
    assert stored(queue, "1")["response"]["structured_content"] == {"result": 10}


@pytest.mark.usefixtures("worker")
def test_the_id_of_a_request_that_is_worked_on_is_taken_too(queue: Queue, app: PlainApp, doors: Doors) -> None:
    queue.put("1", app.secret, tool_name="sleep", args={"seconds": 1})
    wait_until(lambda: queue.redis.exists("mcp_request_of:1") == 1)
    queue.put("1", plain_app(doors).secret, tool_name="add", args={"one": 5, "two": 5})
    wait_until(lambda: len(queue.answers()) == 2)
    assert [one[1] for one in queue.answers()] == [409, 200]
    assert stored(queue, "1")["status"] == 200


@pytest.mark.usefixtures("worker")
def test_who_proves_nothing_keeps_no_id_from_others(queue: Queue, app: PlainApp) -> None:
    queue.put("1", "ost_nonsense", tool_name="add", args={"one": 1, "two": 2})
    assert queue.answer_to("1")[0] == 401
    queue.put("1", app.secret, tool_name="add", args={"one": 1, "two": 2})
    wait_until(lambda: stored(queue, "1")["status"] == 200)


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


def test_several_workers_share_the_work_and_each_request_is_answered_once(
    queue: Queue, app: PlainApp, doors: Doors, redis_server: RedisServer
) -> None:
    for number in range(40):
        queue.put(str(number), app.secret, tool_name="add", args={"one": number, "two": 0})
    with workers(doors, redis_server, count=2):
        wait_until(lambda: len(queue.answers()) >= 40, 3 * PATIENCE)
    assert sorted(int(one[0]) for one in queue.answers()) == list(range(40))
    assert all(body["structured_content"]["result"] == int(number) for number, _, body in queue.answers())


def test_what_a_dead_worker_took_is_done_by_another(
    queue: Queue, app: PlainApp, doors: Doors, redis_server: RedisServer
) -> None:
    """A consumer of the group that took the request and was never heard of again."""
    queue.put("left", app.secret, tool_name="add", args={"one": 1, "two": 2})
    queue.redis.xgroup_create("mcp_requests", "ostiary", id="0")
    assert queue.redis.xreadgroup("ostiary", "dead", {"mcp_requests": ">"})
    with workers(doors, redis_server):
        assert queue.answer_to("left")[1]["structured_content"] == {"result": 3}


def test_what_was_taken_too_often_is_set_aside(
    queue: Queue, app: PlainApp, doors: Doors, redis_server: RedisServer
) -> None:
    queue.put("deadly", app.secret, tool_name="add", args={"one": 1, "two": 2})
    queue.redis.xgroup_create("mcp_requests", "ostiary", id="0")
    [[_, [[entry, _]]]] = queue.redis.xreadgroup("ostiary", "dead", {"mcp_requests": ">"})  # type: ignore[misc, union-attr]
    for _ in range(3):
        queue.redis.xclaim("mcp_requests", "ostiary", "dead", 0, [entry])
    with workers(doors, redis_server):
        assert queue.answer_to("deadly")[1]["error"] == "given_up"
    [letter] = queue.dead_letters()
    assert (letter["id"], letter["reason"]) == ("deadly", "given_up")
    assert json.loads(letter["request"])["args"] == {"one": 1, "two": 2}


def test_a_call_whose_worker_was_killed_is_not_made_again(
    queue: Queue, app: PlainApp, doors: Doors, redis_server: RedisServer
) -> None:
    """`sleep` does not say that it changes nothing, so nobody calls it twice."""
    environment = os.environ | {
        "OSTIARY_DATA_DIR": str(doors.data_dir),
        "OSTIARY_MASTER_KEY": MASTER_KEY,
        "OSTIARY_ISSUER": doors.issuer,
        "OSTIARY_MCP_URL": doors.mcp_url,
        "OSTIARY_REDIS_URL": redis_server.url.get_secret_value(),
        "OSTIARY_RESOURCE_EMBEDDER": "none",
    }
    process = Forked(["worker"], environment)
    queue.put("ready", app.secret, tool_name="add", args={"one": 1, "two": 1})
    assert queue.answer_to("ready")[0] == 200
    queue.put("slow", app.secret, tool_name="sleep", args={"seconds": 60})
    wait_until(lambda: len(list(queue.redis.scan_iter("mcp_request_seen:*"))) == 2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with workers(doors, redis_server):
        assert queue.answer_to("slow")[1]["error"] == "outcome_unknown"
    assert [letter["id"] for letter in queue.dead_letters()] == ["slow"]


def test_a_worker_that_is_told_to_end_ends_what_it_began(
    queue: Queue, app: PlainApp, doors: Doors, redis_server: RedisServer
) -> None:
    with workers(doors, redis_server):
        queue.put("begun", app.secret, tool_name="sleep", args={"seconds": 1})
        wait_until(lambda: len(list(queue.redis.scan_iter("mcp_request_seen:*"))) == 1)
    assert [(one[0], one[1]) for one in queue.answers()] == [("begun", 200)]
    groups = queue.redis.xinfo_consumers("mcp_requests", "ostiary")
    assert groups == []


@pytest.mark.usefixtures("worker")
def test_a_server_that_is_down_is_tried_again_and_then_set_aside(queue: Queue, app: PlainApp, behind: Behind) -> None:
    behind.http("down", "http://127.0.0.1:9/mcp")
    queue.put("1", app.secret, tool_name="down__add", args={})
    assert queue.answer_to("1")[1]["error"] == "server_unavailable"
    assert [letter["reason"] for letter in queue.dead_letters()] == ["server_unavailable"]


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


@pytest.mark.usefixtures("worker")
def test_a_worker_outlives_a_restart_of_redis(queue: Queue, app: PlainApp, redis_server: RedisServer) -> None:
    queue.put("before", app.secret, tool_name="add", args={"one": 1, "two": 1})
    queue.answer_to("before")
    redis_server.kill()
    redis_server.start()
    queue.put("after", app.secret, tool_name="add", args={"one": 1, "two": 1})
    assert queue.answer_to("after")[0] == 200


def test_without_redis_a_worker_says_what_it_needs(doors: Doors) -> None:
    environment = os.environ | {"OSTIARY_DATA_DIR": str(doors.data_dir), "OSTIARY_MASTER_KEY": MASTER_KEY}
    with TemporaryFile("w+") as said:
        assert Forked(["worker"], environment, stderr=said).wait(60) == 2
        said.seek(0)
        assert "OSTIARY_REDIS_URL" in said.read()
