"""Calls of another server's tool: through the gateway, a bare forwarder, FastMCP's proxy, and with nothing between.

    .venv/bin/python -m bench.gateway [seconds] [rounds]

Everything runs in processes of its own, in turns, and medians are told: read the ratios. The gateway is asked with a
real token, and does for each call what it always does. FastMCP's proxy comes by `uv` in an environment of its own.
"""

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import httpx2
import uvloop

from bench.gateway_doors import Entered, open_gateway
from bench.load import Target, rate, usual_ms
from bench.processes import MEASURED, OTHERS, started, take_core, take_priority
from tests.loopback import LOOPBACK
from tests.mcp_messages import modern_headers, modern_request, request

CONNECTIONS = 16
SERVERS, TOOLS_EACH, LISTS = 100, 10, 30
FASTMCP = ("--with", "fastmcp>=4.1,<4.2", "--with", "uvloop", "--with", "httptools")
FORWARDER, OSTIARY, PROXY, DIRECT = "bare aiohttp forwarder", "Ostiary", "FastMCP's proxy", "no proxy"
TUNED = "FastMCP's, one TLS context"


def main(seconds: float, rounds: int) -> None:
    """Starts the servers and prints both tables."""
    if not take_priority():
        print("Without real-time priority: other programs on this computer count in what is measured.")
    with ExitStack() as stack:
        one, ten = (stack.enter_context(started("bench.fast_upstream", str(count))) for count in (1, TOOLS_EACH))
        url = f"http://127.0.0.1:{one}/mcp"
        bare = stack.enter_context(started("bench.raw_forwarder", url, core=MEASURED))
        fastmcp, tuned = (
            stack.enter_context(started("bench/fastmcp_proxy.py", url, *how, core=MEASURED, packages=FASTMCP))
            for how in ((), ("tuned",))
        )
        servers = {f"server-{number}": f"http://127.0.0.1:{ten}/{number}" for number in range(SERVERS)}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        gateway = stack.enter_context(open_gateway(folder, {"fast": url} | servers))
        take_core(OTHERS)
        targets = {
            DIRECT: _call(one, "add"),
            FORWARDER: _call(bare, "add"),
            OSTIARY: _call(gateway.port, "fast__add", gateway.headers),
            PROXY: _call(fastmcp, "add"),
            TUNED: _call(tuned, "add"),
        }
        _print_calls(uvloop.run(_calls(targets, seconds, rounds)))
        _print_lists(gateway)


async def _calls(targets: dict[str, Target], seconds: float, rounds: int) -> dict[str, tuple[float, float]]:
    """Answers a second and the usual waiting of a single caller, in milliseconds."""
    rates: dict[str, list[float]] = {name: [] for name in targets}
    waits: dict[str, list[float]] = {name: [] for name in targets}
    for number in range(rounds + 1):
        for name, target in targets.items():
            measured = await rate(target, CONNECTIONS, seconds), await usual_ms(target, seconds / 2)
            if number:  # the first round warms up
                rates[name].append(measured[0])
                waits[name].append(measured[1])
    return {name: (median(rates[name]), median(waits[name])) for name in targets}


def _call(port: int, tool: str, headers: dict[str, str] | None = None) -> Target:
    message = modern_request("tools/call", {"name": tool, "arguments": {"one": 1, "two": 2}})
    body = json.dumps(message, separators=(",", ":")).encode()  # as both SDKs write it
    fields = {"Host": f"localhost:{port}", "Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= modern_headers("tools/call", tool) | (headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return Target(port, f"POST /mcp HTTP/1.1\r\n{lines}\r\n".encode() + body)


def _print_calls(found: dict[str, tuple[float, float]]) -> None:
    print(f"{'tools/call':28}{'a second':>10}{'of bare':>10}{'of FastMCP':>12}{'p50 alone':>12}{'added':>10}")
    for name, (rate_, wait) in found.items():
        print(
            f"{name:28}{rate_:10.0f}{rate_ / found[FORWARDER][0]:10.2f}{rate_ / found[PROXY][0]:12.1f}"
            f"{wait:9.2f} ms{wait - found[DIRECT][1]:7.2f} ms"
        )


def _print_lists(gateway: Entered) -> None:
    """tools/list when every server's list is known."""
    wanted, times = SERVERS * TOOLS_EACH, []
    with httpx2.Client(headers=gateway.headers, timeout=60, **LOOPBACK) as http:
        while sum("__" in tool for tool in _listed(http, gateway.port)) <= wanted:
            time.sleep(0.2)
        for _ in range(LISTS):
            begun = time.perf_counter()
            names = _listed(http, gateway.port)
            times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    print(f"\ntools/list, {SERVERS + 1} servers, {len(names)} tools, all pages, from what is known: ", end="")
    print(f"p50 {median(times):.1f} ms, slowest of {LISTS} {times[-1]:.1f} ms, with reading the answer")


def _listed(http: httpx2.Client, port: int) -> list[str]:
    """All pages."""
    names: list[str] = []
    params: dict[str, str] = {}
    while True:
        result = http.post(f"http://localhost:{port}/mcp", json=request("tools/list", params)).json()["result"]
        names += [tool["name"] for tool in result["tools"]]
        if "nextCursor" not in result:
            return names
        params = {"cursor": result["nextCursor"]}


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
