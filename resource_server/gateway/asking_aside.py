"""An app that is asked on the way: its call waits for a person, and takes no room from others meanwhile."""

from dataclasses import replace
from typing import Any

from resource_server.gateway.caps import Room
from resource_server.gateway.front import Front, Params


def leaving(room: Room, front: Front, level: str) -> Front:
    """The app, asked in that way; what an older one said of its logs, its `level`, goes with the call."""

    async def ask(method: str, params: Params) -> dict[str, Any]:
        with room.left():
            return await front.ask(method, params)

    return replace(front, ask=ask, log_level="" if front.comes_back else level)
