"""A worker in this process, with everything of the resource server but its port."""

import os
import signal
import socket
from urllib.parse import urlsplit

import anyio
import structlog
from redis.asyncio import Redis

from resource_server.app import create_app
from resource_server.queue.answers import Answers
from resource_server.queue.gateway_client import GatewayClient
from resource_server.queue.streams import RequestStreams
from resource_server.queue.worker import Worker
from resource_server.settings import Settings
from shared.ids import new_id

GRACE_SECONDS = 5.0
READY_PAUSE = 0.1

log = structlog.get_logger(__name__)


async def work(settings: Settings, url: str, at_once: int) -> None:
    """Until SIGTERM or SIGINT, for the queue in the Redis at `url`. Raises what `create_app` raises."""
    app = create_app(settings.model_copy(update={"single_port": False}))
    redis = open_redis(url)
    worker = make_worker(app, redis, settings, at_once)
    async with redis, app.router.lifespan_context(app), anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_when_told, worker)
        while not await worker.gateway.is_ready():  # noqa: ASYNC110 (nothing tells it)
            await anyio.sleep(READY_PAUSE)
        log.info("worker_ready", redis=urlsplit(url).hostname)
        await worker.run(GRACE_SECONDS)
        tasks.cancel_scope.cancel()


def open_redis(url: str) -> Redis:
    """Nothing is connected to yet; what is no UTF-8 text in it cannot stop anybody who reads."""
    found: Redis = Redis.from_url(url, decode_responses=True, encoding_errors="replace")
    return found


def make_worker(app: object, redis: Redis, settings: Settings, at_once: int) -> Worker:
    """A worker under a name of its own, for an application that is running."""
    name = f"{socket.gethostname()} {os.getpid()} {new_id('wrk')}"
    streams = RequestStreams(redis, name, settings.queue_stale)
    answers = Answers(redis, settings.queue_answers_kept)
    return Worker(streams, answers, GatewayClient(app, settings), settings.queue_tries, at_once)


async def _stop_when_told(worker: Worker) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            worker.stop()
