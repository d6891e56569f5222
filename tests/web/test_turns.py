"""One person's pages wait for servers that do not answer: nobody else's do, and no more than a few."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from resource_server.web import turns
from tests.consent_form import form_fields
from tests.doors import wait_until
from tests.gateway.conftest import Behind
from tests.web.browsing import Visitor

PLACE = "/servers/mute"
TESTED = 9


@dataclass
class Mute:
    """A server that takes every connection, and says nothing until it is closed."""

    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    taken: list[socket.socket] = field(default_factory=list)

    def take(self) -> None:
        """Until it is closed."""
        while True:
            try:
                self.taken.append(self.listening.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        """Ends them all."""
        self.listening.close()
        for one in self.taken:
            one.close()


@pytest.fixture
def mute() -> Iterator[Mute]:
    """Such a server."""
    one = Mute()
    threading.Thread(target=one.take, daemon=True).start()
    yield one
    one.close()


def test_one_person_tries_a_server_a_few_times_at_once_and_others_go_on(
    ada: Visitor, bea: Visitor, behind: Behind, mute: Mute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 1.0)
    behind.http("mute", f"http://127.0.0.1:{mute.listening.getsockname()[1]}/mcp")
    fields = form_fields(bea.page(PLACE), f"{PLACE}/test")
    ada.page("/servers")
    before = len(mute.taken)
    with ThreadPoolExecutor(TESTED) as threads:
        tests = [threads.submit(tried, bea, fields) for _ in range(TESTED)]
        wait_until(lambda: sum(test.done() for test in tests) == TESTED - 6)
        assert {test.result().status_code for test in tests if test.done()} == {429}
        assert len(mute.taken) - before <= 8
        assert ada.get("/usage").status_code == 200
        mute.close()
        assert sorted(test.result().status_code for test in tests) == [200] * 6 + [429] * (TESTED - 6)


def tried(visitor: Visitor, fields: dict[str, Any]) -> httpx2.Response:
    """The person presses the button, and waits."""
    origin = visitor.doors.origin
    return visitor.http.post(f"{origin}{PLACE}/test", data=fields, headers={"Origin": origin}, timeout=60)
