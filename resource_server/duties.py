"""What runs beside requests until the end of the process: one that fails by our mistake begins anew."""

from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import structlog

from shared.accidents import note_accident

Duty = Callable[[], Coroutine[Any, Any, None]]

PAUSE = 1.0
"""Seconds before a duty that failed begins anew: nobody else ends with it, and no loop spins."""

log = structlog.get_logger(__name__)


async def on_duty(duty: Duty) -> None:
    """Runs it for ever, or until it ends by itself."""
    while True:
        try:
            await duty()
            return
        except Exception as error:
            note_accident(log, "duty_failed", error)
            await anyio.sleep(PAUSE)
