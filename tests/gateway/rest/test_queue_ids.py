"""G8: the id of a request in the queue is its own until its answer was taken."""

import json
from typing import Any

import pytest

from tests.doors import Doors, wait_until
from tests.gateway.rest.plain_apps import PlainApp, plain_app
from tests.gateway.rest.queue_fixtures import app as app
from tests.gateway.rest.queue_fixtures import queue as queue
from tests.gateway.rest.queue_fixtures import worker as worker
from tests.gateway.rest.queues import Queue


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
