"""The gateway API, asked in this process by its own door: a request of the queue is let in as one over HTTP is."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from resource_server.queue.answers import Answer
from resource_server.queue.requests import Method, QueuedRequest
from resource_server.settings import Settings

HARMLESS = ("readOnlyHint", "idempotentHint")
"""What a tool says of itself that makes a second call as good as one (MCP, ToolAnnotations)."""
LATER = (429, 503)
"""Nothing was done, and the same request may be sent again."""


@dataclass(frozen=True)
class Outcome:
    """An answer; `wait` are the seconds after which the request is worth another try, None if it is not."""

    answer: Answer
    wait: float | None = None


class GatewayClient:
    """`app` is the whole application; it has to be running."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self._path = urlsplit(settings.mcp_url).path.rstrip("/")
        self._client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app, raise_app_exceptions=False),
            base_url=settings.mcp_origin,
            trust_env=False,
            timeout=None,
        )

    async def ask(self, request: QueuedRequest) -> Outcome:
        """One try."""
        method = "GET" if request.body is None else "POST"
        path = f"{self._path}/{request.method}"
        answer = await self._client.request(method, path, json=request.body, headers=_headers(request))
        body: dict[str, Any] = answer.json()
        wait = float(answer.headers.get("retry-after", 1)) if answer.status_code in LATER else None
        return Outcome(Answer(answer.status_code, body), wait)

    async def is_harmless(self, request: QueuedRequest) -> bool:
        """Whether it may be done twice: it only reads, or its tool says that this changes nothing."""
        if request.method is not Method.EXECUTE:
            return True
        listed = await self._client.get(f"{self._path}/tools", headers=_headers(request))
        tools = listed.json().get("tools", ()) if listed.status_code == 200 else ()
        named = [one for one in tools if request.tool_name in (one["name"], one["name"].partition("__")[2])]
        return bool(named) and all(_is_harmless(one) for one in named)

    async def is_ready(self) -> bool:
        """Whether it is known here which tokens were taken back."""
        answer = await self._client.get("/health")
        return answer.status_code == 200 and answer.json().get("revocations") == "fresh"


def _is_harmless(tool: dict[str, Any]) -> bool:
    says = tool.get("annotations") or {}
    return any(says.get(name) is True for name in HARMLESS)


def _headers(request: QueuedRequest) -> dict[str, str]:
    token = {"Authorization": f"Bearer {request.token}"} if request.token else {}
    return token | ({"X-Session-ID": request.session} if request.session else {})
