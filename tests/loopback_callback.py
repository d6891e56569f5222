"""RFC 8252 §7.3: the loopback address where a native app waits for the browser to come back."""

from http.server import BaseHTTPRequestHandler
from queue import Queue
from urllib.parse import parse_qs, urlsplit

from tests.loopback_server import LoopbackServer

PATIENCE = 30.0
ARRIVED = "The app has you back."


class LoopbackCallback(LoopbackServer):
    """Listens on a free port from `with` to its end; every redirect that arrives is kept until somebody takes it."""

    def __init__(self, path: str = "/callback") -> None:
        self._path = path
        self._arrived: Queue[dict[str, str]] = Queue()
        super().__init__(self._handler())
        self.redirect_uri = f"http://127.0.0.1:{self.port}{path}"

    def take(self) -> dict[str, str]:
        """The parameters of the oldest redirect that nobody took; waits for one. Raises queue.Empty."""
        return self._arrived.get(timeout=PATIENCE)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        arrived, path = self._arrived, self._path

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                target = urlsplit(self.path)
                if target.path == path:
                    arrived.put({name: values[0] for name, values in parse_qs(target.query).items()})
                body = ARRIVED.encode()
                self.send_response(200 if target.path == path else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """A request line would show the code."""

        return Handler
