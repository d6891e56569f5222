"""Routes of the administration API: a body is read once, up to a size and within a time, before it is parsed."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from auth_server.web.request_bodies import read_body

MAX_BODY = 64 * 1024


def api_router(tag: str) -> APIRouter:
    """An empty router for the routes about one kind of thing, whose name in the document is `tag`."""
    return APIRouter(tags=[tag], route_class=BoundedBodyRoute)


class BoundedBodyRoute(APIRoute):
    """Raises HTTPException 413 for more than 64 KB, 408 for what drips."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of APIRoute, given a body that has arrived."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            body = await read_body(request, MAX_BODY)

            async def arrived() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            return await handle(Request(request.scope, arrived))

        return bounded
