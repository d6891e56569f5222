"""What may be asked a second time: what was never sent, and what changes nothing. No call whose fate is unknown."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from resource_server.gateway.failures import LostError, UnsentError

LISTS = frozenset({"tools/list", "prompts/list", "resources/list", "resources/templates/list"})
"""Asked once for all who wait, so they need no room of a person's."""

REPEATABLE = LISTS | {"resources/read", "prompts/get", "completion/complete", "ping"}
"""What changes nothing (MCP), and may be asked again where the answer was lost."""

PAUSE_SECONDS = 0.2
"""Before the second try, which is the last."""


async def tried_twice(ask: Callable[[], Awaitable[dict[str, Any]]], *, may_repeat: bool) -> dict[str, Any]:
    """The answer, of the second try where the first went nowhere or `may_repeat`. Raises what the last one raises."""
    try:
        return await ask()
    except UnsentError:
        pass
    except LostError:
        if not may_repeat:
            raise
    await anyio.sleep(PAUSE_SECONDS)
    return await ask()
