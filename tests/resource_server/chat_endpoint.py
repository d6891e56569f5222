"""A chat endpoint on this computer that answers as a test tells it."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Answer = Callable[[list[dict[str, Any]]], tuple[int, bytes]]


def completion(content: object) -> tuple[int, bytes]:
    """What an OpenAI-compatible server says; `content` is text, or becomes JSON."""
    text = content if isinstance(content, str) else json.dumps(content)
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


class ScriptedChat:
    """Keeps what it was asked; `answer` gets the pages it was shown and says the status and the body."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        self.released = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def pages(self) -> list[dict[str, Any]]:
        """The pages of the last question."""
        pages: list[dict[str, Any]] = json.loads(self.asked[-1]["messages"][1]["content"])
        return pages

    def close(self) -> None:
        """Ends the server and whoever waits in it."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                chat.asked.append(json.loads(body) | {"path": self.path})
                chat.headers.append(self.headers["Authorization"])
                status, answer = chat.answer(chat.pages())
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_arguments: object) -> None:
                """Nothing."""

        return Handler
