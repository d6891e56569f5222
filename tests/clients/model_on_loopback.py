"""A language model for Claude Code that thinks nothing: it calls the tools it was told to call, one after the other.

Anthropic's Messages API as far as Claude Code streams it. It stands in for the model, for nothing else.
"""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import LoopbackServer

Call = tuple[str, dict[str, Any]]


class ModelOnLoopback(LoopbackServer):
    """Answers from `with` to its end.

    `offered` are the tools it was shown whose names begin with `prefix`, without it; `results` is what its calls gave.
    """

    def __init__(self, prefix: str, *calls: Call) -> None:
        self._prefix = prefix
        self._calls = calls
        self.offered: set[str] = set()
        self.results: list[str] = []
        super().__init__(self._handler())
        self.url = f"http://127.0.0.1:{self.port}"

    def answer(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """The events of the next message: another tool call, or the end."""
        names = {tool["name"] for tool in asked.get("tools", [])}
        self.offered |= {name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)}
        results = [str(block["content"]) for block in blocks_of(asked) if block["type"] == "tool_result"]
        self.results = max(self.results, results, key=len)
        if names and len(results) < len(self._calls):
            name, arguments = self._calls[len(results)]
            use = {"type": "tool_use", "id": f"toolu_{len(results)}", "name": name, "input": {}}
            return events(use, {"type": "input_json_delta", "partial_json": json.dumps(arguments)}, "tool_use")
        return events({"type": "text", "text": ""}, {"type": "text_delta", "text": "Done."}, "end_turn")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = model.answer(asked)
                stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in answer)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Content-Length", str(len(stream)))
                self.end_headers()
                self.wfile.write(stream.encode())

            def do_HEAD(self) -> None:
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """The output belongs to the tests."""

        return Handler


def blocks_of(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything said so far, but for what was said as plain text."""
    contents = [message["content"] for message in asked["messages"]]
    return [block for content in contents if isinstance(content, list) for block in content]


def events(block: dict[str, Any], delta: dict[str, Any], reason: str) -> list[dict[str, Any]]:
    """One message of one block, as it streams."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "none", "content": [], "usage": usage}
    return [
        {"type": "message_start", "message": message | {"stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]
