"""Many people's apps, which call good and bad servers all the time, each call with a nonce of its own."""

import itertools
import random
from collections import Counter
from dataclasses import dataclass, field

import anyio
import httpx2

from tests.gateway.rogue import TOOLS
from tests.key_holders import KeyHolder
from tests.loopback import LOOPBACK

GOOD_SHARE, LIST_SHARE = 0.4, 0.03
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "soak", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
BROKEN = ("bad-sse__twice", "of somebody else")
"""All calls share its one stream: where another of its answers breaks the first of two, the second is all there is."""

_nonces = (f"nonce-{number}-" for number in itertools.count())


@dataclass
class Seen:
    """What came of it all."""

    outcomes: Counter[str] = field(default_factory=Counter)
    good_seconds: list[float] = field(default_factory=list)
    list_seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What must not happen, in words."""


@dataclass
class Traffic:
    """Runs until `stopping`, and then until the last call is over."""

    apps: list[KeyHolder]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    seen: Seen = field(default_factory=Seen)

    async def run(self, seconds: float, callers_each: int = 2) -> None:
        """Calls for so long."""
        until = anyio.current_time() + seconds
        async with anyio.create_task_group() as tasks:
            for app in self.apps:
                for number in range(callers_each):
                    tasks.start_soon(self._call_on, app, until, number % 2 == 0)

    async def _call_on(self, app: KeyHolder, until: float, is_modern: bool) -> None:
        async with httpx2.AsyncClient(timeout=60, headers=app.headers, **LOOPBACK) as http:
            while anyio.current_time() < until:
                await self._act(http, app, is_modern)

    async def _act(self, http: httpx2.AsyncClient, app: KeyHolder, is_modern: bool) -> None:
        kind = random.random()
        if kind < LIST_SHARE:
            await self._list(http, app)
        elif kind < LIST_SHARE + GOOD_SHARE:
            await self._call(http, app, random.choice(self.good), random.choice(("echo", "later")), is_modern, True)
        else:
            await self._call(http, app, random.choice(self.bad), random.choice(TOOLS), is_modern, False)

    async def _list(self, http: httpx2.AsyncClient, app: KeyHolder) -> None:
        begun = anyio.current_time()
        answer = await http.post(app.mcp_url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        self.seen.list_seconds.append(anyio.current_time() - begun)
        if answer.status_code != 200:
            self.seen.wrong.append(f"a list was answered with {answer.status_code}")

    async def _call(
        self, http: httpx2.AsyncClient, app: KeyHolder, server: str, tool: str, is_modern: bool, is_good: bool
    ) -> None:
        nonce, name, begun = next(_nonces), f"{server}__{tool}", anyio.current_time()
        params = {"name": name, "arguments": {"nonce": nonce}}
        headers = {}
        if is_modern:
            params["_meta"] = MODERN
            headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": name}
        message = {"jsonrpc": "2.0", "id": nonce, "method": "tools/call", "params": params}
        try:
            answer = await http.post(app.mcp_url, json=message, headers=headers)
        except httpx2.TransportError as error:
            self.seen.wrong.append(f"{name}: {type(error).__name__} after {anyio.current_time() - begun:.0f} s")
            return
        outcome, text = _outcome(answer, nonce)
        self.seen.outcomes[f"{'good' if is_good else tool}: {outcome}"] += 1
        if outcome == "answered" and text != nonce and (name, text) != BROKEN:
            self.seen.wrong.append(f"{name}: {nonce} was answered with {text[:60]!r}")
        if outcome == "strange":
            self.seen.wrong.append(f"{name}: {answer.status_code} {answer.text[:200]}")
        if is_good:
            self.seen.good_seconds.append(anyio.current_time() - begun)
            if outcome != "answered":
                self.seen.wrong.append(f"{name}: {text[:200]}")


def _outcome(answer: httpx2.Response, nonce: str) -> tuple[str, str]:
    """How it came out, and the text of it."""
    if "text/event-stream" in answer.headers.get("content-type", ""):
        data = [line[5:].strip() for line in answer.text.splitlines() if line.startswith("data:")]
        found = httpx2.Response(200, content=data[-1] if data else "{}").json()
    else:
        found = answer.json() if answer.content else {}
    if found.get("id") != nonce:
        return "strange", answer.text
    if "error" in found:
        return "refused", found["error"]["message"]
    content = found["result"].get("content") or [{}]
    text = str(content[0].get("text", ""))
    return ("failed" if found["result"].get("isError") else "answered"), text
