"""An endpoint that answers as OpenAI's `/v1/embeddings` does, on loopback, with vectors of the tests' meanings."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from tests.stores.meanings import DIMENSIONS, MeaningEmbedder


@dataclass
class EmbeddingsHost:
    """What it was asked, and how it answers: `answer` replaces the body, `status` the status.

    One that `drips` sends a byte now and then, so that no single one is late.
    """

    url: str = ""
    status: int = 200
    answer: bytes | None = None
    drips: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def settings(self, **more: object) -> dict[str, object]:
        """The settings that lead here."""
        named = {"embedding_url": self.url, "embedding_model": "meanings", "embedding_dimensions": DIMENSIONS}
        return {"embedder": "openai", **named, **more}

    def answered(self, question: dict[str, Any]) -> bytes:
        """One vector a text, last first, as an answer may have them."""
        self.asked.append(question)
        vectors = MeaningEmbedder().embed(question["input"]).tolist()
        data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        return self.answer if self.answer is not None else json.dumps({"data": data[::-1]}).encode()


@contextmanager
def embeddings_host() -> Iterator[EmbeddingsHost]:
    """A real server, until the block ends."""
    host, ended = EmbeddingsHost(), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            host.keys.append(self.headers.get("Authorization"))
            answer = host.answered(body)
            self.send_response(host.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if host.drips:
                self.drip(answer)
            else:
                self.wfile.write(answer)

        def drip(self, answer: bytes) -> None:
            with suppress(OSError):
                for byte in answer:
                    if ended.wait(0.02):
                        return
                    self.wfile.write(bytes((byte,)))

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.url = f"http://127.0.0.1:{server.server_port}/v1/embeddings"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield host
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
