"""A call over plain HTTP ends with its client, with its grant, and with its session."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx2
import pytest

from auth_server.keys.api_keys import revoke_key
from auth_server.models import ApiKey
from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.rest.plain_apps import PlainApp, plain_app, refused
from tests.gateway.test_cancelling import Patient
from tests.key_holders import auth_session
from tests.loopback import LOOPBACK
from tests.servers import serving


@pytest.fixture
def patient(behind: Behind) -> Iterator[Patient]:
    """A server behind the gateway whose tool never ends by itself."""
    found = Patient()
    with serving(found.server.streamable_http_app()) as origin:
        behind.http("fix", f"{origin}/mcp")
        yield found


def test_a_client_that_goes_away_takes_its_call_along(doors: Doors, patient: Patient) -> None:
    app = plain_app(doors)
    wait_until(lambda: app.tools())
    with suppress(httpx2.TimeoutException):
        body = {"tool_name": "fix__wait"}
        httpx2.post(f"{app.origin}/mcp/execute", json=body, headers=app.headers, timeout=1, **LOOPBACK)
    assert patient.began == 1
    wait_until(lambda: patient.cancelled == 1)


def test_a_key_that_is_taken_back_ends_the_call_that_runs(doors: Doors, patient: Patient) -> None:
    """AS-116."""
    app = plain_app(doors)
    wait_until(lambda: app.tools())
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(app.execute, "fix__wait")
        wait_until(lambda: patient.began == 1)
        revoke(doors, app)
        assert refused(answer.result()) == (401, "invalid_token")
    assert "www-authenticate" in answer.result().headers
    wait_until(lambda: patient.cancelled == 1)
    assert refused(app.get("/mcp/tools")) == (401, "invalid_token")


def revoke(doors: Doors, app: PlainApp) -> None:
    """The person takes the key back."""
    with auth_session(doors) as session:
        revoke_key(session, session.get_one(ApiKey, app.id))


def test_a_session_that_is_deleted_ends_the_call_that_runs(doors: Doors, behind: Behind, patient: Patient) -> None:
    """G20."""
    [server] = behind.upstreams.every()
    app = plain_app(doors)
    session = app.new_session()
    session.add({"own": {"url": server.url}})
    wait_until(lambda: session.tools())
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(session.execute, "own__wait")
        wait_until(lambda: patient.began == 1)
        app.delete(f"/sessions/{session.session}")
        assert refused(answer.result()) == (502, "session_ended")
    wait_until(lambda: patient.cancelled == 1)
