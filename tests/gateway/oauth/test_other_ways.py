"""The same with older servers, by either way over HTTP."""

from collections.abc import Iterator

import pytest
from starlette.types import ASGIApp

from tests.gateway.fixture_server import Old, fixture_app, fixture_server
from tests.gateway.oauth.conftest import Place
from tests.gateway.oauth.scripted_issuer import ScriptedIssuer
from tests.gateway.oauth.test_connected import said
from tests.servers import RunningServer


class OldWithLifespan(Old):
    """An older server, which begins and ends as the other does."""

    def __init__(self) -> None:
        app = fixture_app()
        super().__init__(app)
        self.router = app.router  # type: ignore[attr-defined]


@pytest.fixture(params=["old http", "sse"])
def issuer(request: pytest.FixtureRequest) -> Iterator[ScriptedIssuer]:
    """An older server behind a scripted issuer."""
    app: ASGIApp = OldWithLifespan() if request.param == "old http" else fixture_server().sse_app()
    scripted = ScriptedIssuer(app, path="mcp" if request.param == "old http" else "sse")
    running = RunningServer(scripted.asgi(), scripted.port)
    yield scripted
    running.stop()


def test_an_older_server_is_connected_and_its_tokens_are_renewed_as_well(place: Place) -> None:
    owner = place.owner()
    assert "/servers/notes/connect" in said(owner)
    place.connect(owner.user_id)
    assert said(owner) == "2"
    place.issuer.end_access()
    assert said(owner) == "2"
    place.issuer.end_access()
    place.issuer.refuses_refresh = True
    assert "connect notes again" in said(owner)
