"""`ostiary worker`: answers requests that lie in Redis; any number of workers may run."""

from typing import Annotated

import anyio
import typer

from cli.failures import load, readable_failures, stop
from cli.options import DataDir, set_environment
from cli.unknown_settings import warn_of_unknown_settings
from shared.logging import configure_logging


def worker(
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, max=1000, help="Requests worked on at the same time.")
    ] = 8,
    data_dir: DataDir = None,
) -> None:
    """Answer requests of a queue in Redis, until it is ended."""
    warn_of_unknown_settings()
    set_environment(OSTIARY_DATA_DIR=data_dir)
    from resource_server.settings import Settings

    settings = load(Settings)
    if settings.redis_url is None:
        stop("a worker needs OSTIARY_REDIS_URL: requests lie in Redis")
    configure_logging(settings.log_level, "worker")
    from resource_server.queue.running import work

    with readable_failures():
        anyio.run(work, settings, settings.redis_url.get_secret_value(), at_once)
