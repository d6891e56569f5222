"""Claude at installations with unusual addresses: the MCP endpoint at the root of its host, and an issuer with a path.

The facts and their sources are in `tests/personas/test_claude.py`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.watched_doors import WatchedDoors
from tests.document_clients import CLAUDE, publish
from tests.personas.backend import Backend
from tests.personas.hands import AtTheForm
from tests.personas.mcp_calls import McpCalls
from tests.personas.test_claude import CALLBACK, HABITS


class BareHost(WatchedDoors):
    """The MCP endpoint is all that its host serves: `https://memory.example.org`, with a slash behind it or without."""

    def __init__(self, data_dir: Path, tail: str) -> None:
        super().__init__(data_dir)
        self.mcp_url = f"{self.origin}{tail}"
        self.shared = self.shared | {"mcp_url": self.mcp_url}


class PathIssuer(WatchedDoors):
    """The authorization server lies below a path of its host."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.issuer = f"{self.issuer}/auth"
        self.shared = self.shared | {"issuer": self.issuer}


@pytest.fixture
def claude() -> Iterator[Backend]:
    """Its backend."""
    with Backend(HABITS) as backend:
        yield backend


@pytest.mark.parametrize("tail", ["/", ""])
def test_claude_connects_to_a_bare_host_though_it_appends_a_slash_to_it(
    claude: Backend, tmp_path: Path, tail: str
) -> None:
    """AS-19, RFC 3986 §6.2.3: `https://host` and `https://host/` are one resource; aud is what was configured."""
    with BareHost(tmp_path, tail) as place:
        publish(place.web, CLAUDE)
        found = claude.discover(place.mcp_url)
        asking = claude.ask(found, claude.known_by_document(found), CALLBACK, resource=f"{place.origin}/")
        tokens = claude.redeem(asking, AtTheForm(place.person()).approve(asking))
        assert place.claims_of(tokens["access_token"])["aud"] == place.mcp_url
        calls = McpCalls(HABITS, claude.http, place.mcp_url, tokens["access_token"]).open()
        assert calls.call("memory_stats")["total"] == 0


def test_claude_for_ios_finds_a_path_issuer_by_the_address_of_rfc_8414_alone(claude: Backend, tmp_path: Path) -> None:
    """AS-81, RFC 8414 §3.1: /.well-known/oauth-authorization-server/auth, and nothing else is asked for."""
    with PathIssuer(tmp_path) as place:
        publish(place.web, CLAUDE)
        found = claude.discover(place.mcp_url)
        assert [heard.path for heard in place.heard if "authorization-server" in heard.path] == [
            "/.well-known/oauth-authorization-server/auth"
        ]
        asking = claude.ask(found, claude.known_by_document(found), CALLBACK)
        tokens = claude.redeem(asking, AtTheForm(place.person()).approve(asking))
        assert place.claims_of(tokens["access_token"])["iss"] == place.issuer
        McpCalls(HABITS, claude.http, place.mcp_url, tokens["access_token"]).open()
