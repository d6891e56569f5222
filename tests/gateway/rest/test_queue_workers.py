"""G8: workers that share the work, die, end, and outlive what they need."""

import json
import os
import signal
from tempfile import TemporaryFile

import pytest

from tests.doors import MASTER_KEY, Doors, wait_until
from tests.forking.forked import Forked
from tests.gateway.conftest import Behind
from tests.gateway.rest.plain_apps import PlainApp
from tests.gateway.rest.queue_fixtures import app as app
from tests.gateway.rest.queue_fixtures import queue as queue
from tests.gateway.rest.queue_fixtures import worker as worker
from tests.gateway.rest.queues import Queue, workers
from tests.redis_server import RedisServer
from tests.servers import PATIENCE


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
