"""The addresses of hosted apps as a browser of a test finds them: a proxy that leads every host to one web.

Chromium speaks TLS with claude.ai or chatgpt.com as it would; what arrives there is what their backends see.
"""

import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.auth_harness import answer_parameters
from tests.document_host import DocumentHost, Received
from tests.doors import wait_until

PAGE = b"<!doctype html><title>Connected</title><p>The app has you back."
CHUNK = 65536


class WebCallbacks:
    """`proxy_url` is for the browser; `web` answers behind it, and remembers who came with what."""

    def __init__(self, web: DocumentHost) -> None:
        self.web = web
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _leading_to(web.port))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()
        self.proxy_url = f"http://127.0.0.1:{self._server.server_port}"

    def open(self, redirect_uri: str) -> None:
        """Puts a page at a callback address."""
        self.web.serve(redirect_uri, PAGE, content_type="text/html")

    def take(self, redirect_uri: str) -> dict[str, str]:
        """The parameters with which the browser comes there, each of which comes once; nobody takes them again."""
        wait_until(lambda: self._arrivals(redirect_uri))
        [arrival] = self._arrivals(redirect_uri)
        self.web.received.remove(arrival)
        return answer_parameters(arrival.url)

    def _arrivals(self, redirect_uri: str) -> list[Received]:
        return [request for request in self.web.received if request.url.startswith(f"{redirect_uri}?")]

    def stop(self) -> None:
        """Ends the proxy; the web goes on."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _leading_to(port: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as inside:
                self.send_response(200)
                self.end_headers()
                _pass_on(self.connection, inside)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """A line for each connection helps nobody."""

    return Handler


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    """Bytes go both ways until either side has finished."""
    opposite = {one: other, other: one}
    while True:
        for ready in select.select(list(opposite), [], [], 30)[0] or [one]:
            try:
                data = ready.recv(CHUNK)
            except OSError:
                data = b""
            if not data:
                return
            opposite[ready].sendall(data)
