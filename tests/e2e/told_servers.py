"""A resource server that tells of three servers: one with tools, one that is down, one without a credential."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.servers import serving


def _tool(name: str, says: str, *, only_reads: bool = False, is_changed: bool = False) -> dict[str, object]:
    return {"name": name, "says": says, "only_reads": only_reads, "is_changed": is_changed}


GITHUB = [
    _tool("create_issue", "Opens an issue in a repository"),
    _tool("get_file", "Reads a file of a repository", only_reads=True),
    _tool("merge_pull_request", "Merges a pull request", is_changed=True),
    _tool("search", "Finds code, issues and people", only_reads=True),
]
TOLD = {
    "namespaces": [],
    "servers": [
        {"name": "calendar", "problem": "calendar cannot be reached.", "tools": []},
        {"name": "files", "problem": "", "wants_credential": True, "tools": []},
        {"name": "github", "problem": "", "tools": GITHUB},
    ],
}


@contextmanager
def told_servers() -> Iterator[str]:
    """Its address, for the authorization server alone."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(json.dumps(TOLD), media_type="application/json")(scope, receive, send)

    with serving(answer) as url:
        yield url
