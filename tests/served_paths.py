"""Which paths an application answers."""

import re

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route


def paths_of(routes: list[BaseRoute]) -> set[str]:
    """Every path a server answers, with something in place of its parameters."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, Route | APIRoute):
            found.add(re.sub(r"\{[^}]+\}", "something", route.path))
        elif included := getattr(route, "original_router", None):  # how FastAPI keeps an included router
            found |= {route.include_context.prefix + path for path in paths_of(included.routes)}
    return found
