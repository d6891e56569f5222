"""A server that starts in a moment, for it needs no library: its tools tell its process and that of its child.

`stubborn` as an argument: it ignores SIGTERM and the end of its input, and so does the child. A list of tools as an
argument takes the place of its own.
"""

import json
import os
import signal
import subprocess
import sys
import time

CHILD = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("process", "child")]


def answer(method: str, child: int) -> dict[str, object] | None:
    """What there is to say; None for a method that is not known."""
    return {
        "initialize": {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "bare", "version": "1"},
        },
        "tools/list": {"tools": next((json.loads(one) for one in sys.argv if one.startswith("[")), TOOLS)},
        "tools/call": {"content": [], "structuredContent": {"process": os.getpid(), "child": child}},
    }.get(method)


def serve(child: int) -> None:
    """Until the input ends."""
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            found = answer(message["method"], child)
            said = {"result": found} if found else {"error": {"code": -32601, "message": "Method not found"}}
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], **said}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    is_stubborn = "stubborn" in sys.argv
    if is_stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve(subprocess.Popen([sys.executable, "-S", "-c", CHILD]).pid if is_stubborn else 0)
    if is_stubborn:
        time.sleep(600)
