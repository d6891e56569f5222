"""An OpenAI-compatible chat endpoint: one question, one answer, with limits on time, size and attempts."""

from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event
from time import monotonic

import httpx2

ATTEMPTS = 3
FIRST_WAIT_SECONDS = 1.0
MAX_ANSWER = 256 * 1024
MAX_TOKENS = 1_000
LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})


class NoAnswerError(Exception):
    """The endpoint gave nothing that could be used; the text holds no memory."""


@dataclass(frozen=True)
class ChatEndpoint:
    """Where to ask, and which model. `url` is the base, to which `/chat/completions` is added."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 30.0
    wait: float = FIRST_WAIT_SECONDS

    def ask(self, instructions: str, data: str, ended: Event) -> str:
        """The text of the answer. Raises NoAnswerError after some attempts, or once `ended` is set."""
        cause: Exception = NoAnswerError("not asked")
        for attempt in range(ATTEMPTS):
            if attempt and ended.wait(self.wait * 2**attempt):
                break
            try:
                return self._answer(instructions, data)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                cause = error
        raise NoAnswerError(type(cause).__name__) from None

    def _answer(self, instructions: str, data: str) -> str:
        """Raises httpx2.HTTPError for what may go better later, NoAnswerError for what will not."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        ends = monotonic() + self.seconds
        with (
            httpx2.Client(timeout=self.seconds, follow_redirects=False) as client,
            client.stream(
                "POST", f"{self.url.rstrip('/')}/chat/completions", json=self._body(instructions, data), headers=headers
            ) as response,
        ):
            if response.status_code in LATER or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                response.raise_for_status()
            if response.status_code != HTTPStatus.OK:
                raise NoAnswerError(f"status {response.status_code}")
            body = bytearray()
            for part in response.iter_bytes():
                body += part
                if len(body) > MAX_ANSWER:
                    raise NoAnswerError("too long")
                if monotonic() > ends:
                    raise NoAnswerError("too slow")
        return _text(bytes(body))

    def _body(self, instructions: str, data: str) -> dict[str, object]:
        messages = [{"role": "system", "content": instructions}, {"role": "user", "content": data}]
        return {
            "model": self.model,
            "messages": messages,
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "response_format": {"type": "json_object"},
        }


def _text(body: bytes) -> str:
    try:
        text = httpx2.Response(HTTPStatus.OK, content=body).json()["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise NoAnswerError("no chat completion") from None
    if not isinstance(text, str):
        raise NoAnswerError("no text")
    return text
