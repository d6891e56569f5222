"""What mcp-remote does that other clients do not: another port than the registered one, and tokens on disk."""

import json
from pathlib import Path

import pytest

from tests.clients.desktop import Desktop
from tests.clients.mcp_remote import McpRemote
from tests.clients.seen import Flow, Identity, Seen, npm_package
from tests.doors import Doors
from tests.servers import free_port

pytestmark = pytest.mark.foreign


def test_a_client_that_was_registered_with_one_port_connects_from_another(
    doors: Doors, tmp_path: Path, seen: Seen
) -> None:
    """AS-2, RFC 8252 §7.3: the port was free when it registered, and is not today. What it then keeps, it uses."""
    client_id = doors.register(redirect_uris=["http://localhost:3334/oauth/callback"])
    port, known_as = str(free_port()), json.dumps({"client_id": client_id})
    with (
        Desktop(doors.person(), tmp_path) as desktop,
        McpRemote(desktop, doors.mcp_url, port, "--static-oauth-client-info", known_as) as app,
    ):
        protocol = app.connect()
        assert f"client_id={client_id}" in desktop.opened[0]
        assert f"localhost%3A{port}%2Foauth%2Fcallback" in desktop.opened[0]
        app.connect()
        assert "memory_store" in app.tools()
        assert len(desktop.opened) == 1
    seen("mcp-remote", npm_package("mcp-remote"), protocol, Identity.REGISTRATION, Flow.SIGN_IN, Flow.RECONNECT)
