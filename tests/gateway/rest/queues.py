"""A queue in a real Redis: producers of requests, and workers in a thread of the test process."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis

from resource_server.app import create_app
from resource_server.queue.running import make_worker, open_redis
from resource_server.settings import Settings
from tests.doors import Doors, wait_until
from tests.redis_server import RedisServer
from tests.servers import PATIENCE

RULES = {"queue_answers_kept": 60, "queue_tries": 2, "queue_stale": 0.6}


class Queue:
    """What producers and consumers see of it."""

    def __init__(self, server: RedisServer) -> None:
        self.redis = Redis.from_url(server.url.get_secret_value(), decode_responses=True)

    def put(self, request_id: str, token: str, **members: Any) -> str:
        """One request as fields of an entry."""
        fields = {"id": request_id, "token": token} | members
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        return str(self.redis.xadd("mcp_requests", texts))  # type: ignore[arg-type]

    def answers(self) -> list[tuple[str, int, dict[str, Any]]]:
        """Id, status and body of each answer, in their order."""
        entries: Any = self.redis.xrange("mcp_responses")
        return [(one["id"], int(one["status"]), json.loads(one["response"])) for _, one in entries]

    def answer_to(self, request_id: str) -> tuple[int, dict[str, Any]]:
        """Waits for it."""
        wait_until(lambda: any(one[0] == request_id for one in self.answers()), 3 * PATIENCE)
        return next((status, body) for one, status, body in self.answers() if one == request_id)

    def dead_letters(self) -> list[dict[str, str]]:
        """What was set aside."""
        entries: Any = self.redis.xrange("mcp_dead_letters")
        return [fields for _, fields in entries]

    def everything(self) -> str:
        """All that lies in Redis, as one text."""
        found: list[Any] = []
        for key in self.redis.scan_iter():
            match self.redis.type(key):
                case "stream":
                    found.append(self.redis.xrange(key))
                case "list":
                    found.append(self.redis.lrange(key, 0, -1))
                case "string":
                    found.append(self.redis.get(key))
        return repr(found)


@contextmanager
def workers(doors: Doors, server: RedisServer, count: int = 1) -> Iterator[None]:
    """So many, on the data of these doors, until the block ends."""
    running = [_Running(doors, server) for _ in range(count)]
    try:
        yield
    finally:
        for one in running:
            one.stop()


class _Running:
    def __init__(self, doors: Doors, server: RedisServer) -> None:
        self._settings = Settings(**doors.shared, **doors.resource_settings, **RULES, redis_url=server.url)
        self._loop = asyncio.new_event_loop()
        self._worker: Any = None
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run()], daemon=True)
        self._thread.start()
        deadline = time.monotonic() + PATIENCE
        while self._worker is None:
            assert time.monotonic() < deadline, "the worker takes too long to start"
            self._thread.join(0.01)

    async def _run(self) -> None:
        assert self._settings.redis_url is not None
        app = create_app(self._settings)
        async with open_redis(self._settings.redis_url.get_secret_value()) as redis, app.router.lifespan_context(app):
            worker = make_worker(app, redis, self._settings, at_once=4)
            while not await worker.gateway.is_ready():  # noqa: ASYNC110 (nothing tells it)
                await asyncio.sleep(0.02)
            self._worker = worker
            await worker.run(grace=5)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._worker.stop)
        self._thread.join(3 * PATIENCE)
        assert not self._thread.is_alive(), "the worker does not end"
        self._loop.close()
