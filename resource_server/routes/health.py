"""GET /health: 200 or 503, without credentials and without an Origin check, for load balancers and people."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from shared.health import health_response


def routes(check: Callable[[], Mapping[str, str | int]]) -> list[Route]:
    """`check` raises when storage does not answer."""

    def health(_request: Request) -> JSONResponse:
        return health_response(check)

    return [Route("/health", health)]
