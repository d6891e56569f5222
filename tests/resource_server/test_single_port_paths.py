"""The table of the one port: held to what the authorization server really answers, closed to all other spellings."""

from pathlib import Path

import pytest

from auth_server.app import create_app as create_auth_app
from auth_server.settings import Settings as AuthSettings
from resource_server.app import create_app
from resource_server.settings import Settings
from resource_server.single_port.paths import AuthorizationServerPaths, Reader
from tests.doors import MASTER_KEY
from tests.served_paths import paths_of

HOST = "https://memory.example.org"
NOT_PUBLIC = (
    "/introspect",
    "/internal/changes",
    "/internal/activity",
    "/internal/server-acts",
    "/internal/people",
    "/internal/erasures/something",
    "/health",
)


def table(base: str) -> AuthorizationServerPaths:
    return AuthorizationServerPaths(base, f"{base}/mcp")


@pytest.mark.parametrize("base", ["", "/auth", "/a/b"])
def test_every_public_route_of_the_authorization_server_is_in_the_table(tmp_path: Path, base: str) -> None:
    """A route that it gains must be put into the table or be named here as one that is not public."""
    public = {"issuer": f"{HOST}{base}", "mcp_url": f"{HOST}{base}/mcp", "data_dir": tmp_path, "master_key": MASTER_KEY}
    app = create_auth_app(AuthSettings(**public))
    answered = paths_of(app.routes) - {f"{base}{path}" for path in NOT_PUBLIC} - {"/"}
    app.state.services.engine.dispose()
    assert len(answered) > 15
    assert [path for path in sorted(answered) if table(base).reader_of(path.encode()) is None] == []


def test_the_table_takes_nothing_from_the_resource_server(tmp_path: Path) -> None:
    public = {"issuer": HOST, "mcp_url": f"{HOST}/mcp", "data_dir": tmp_path, "master_key": MASTER_KEY}
    routes = create_app(Settings(**public, embedder="none", legacy_discovery=True)).routes
    assert [path for path in sorted(paths_of(routes)) if table("").reader_of(path.encode())] == []


@pytest.mark.parametrize("base", ["", "/auth"])
def test_what_is_for_the_servers_alone_is_not_in_the_table(base: str) -> None:
    for path in (*NOT_PUBLIC, "/internal", "/internal/", "/internal/catalog", "/mcp", "/mcp/"):
        assert table(base).reader_of(f"{base}{path}".encode()) is None
        assert table(base).reader_of(path.encode()) is None


def test_below_another_base_nothing_is_taken_at_the_root() -> None:
    assert table("/auth").reader_of(b"/token") is None
    assert table("/auth").reader_of(b"/auth/token") is Reader.PROGRAM
    assert table("/a.b").reader_of(b"/aXb/account/apps") is None


@pytest.mark.parametrize(
    "path",
    [
        b"//authorize",
        b"/authorize/",
        b"/authorize%2f..",
        b"/authorize%00",
        b"/authorize;x=1",
        b"/Authorize",
        b"/TOKEN",
        b"/%74oken",
        b"/./token",
        b"/mcp/../introspect",
        b"/mcp/../token",
        b"/account/",
        b"/account//apps",
        b"/account/../internal/changes",
        b"/account/..%2finternal/changes",
        b"/account/apps%2f..%2f..%2finternal/changes",
        b"/account/apps%2F../introspect",
        b"/account/%2e%2e/introspect",
        b"/account/.%2e/introspect",
        b"/account/%252e%252e/introspect",
        b"/account\\..\\introspect",
        b"/account/..\\introspect",
        b"/account/apps/%",
        b"/account/apps/https%3A%2F%2Fx",
        b"/account/apps/%0d%0aX",
        b"/account/apps\n",
        b"/static/..%2f..%2fauth.db",
        b"/static/.hidden",
        b"/register/../introspect",
        b"/register/;/../introspect",
        b"/tokens",
        b"/token/x",
        b"/.well-known/jwks.json/",
        b"/.well-known/oauth-protected-resource",
        b"/.well-known//oauth-authorization-server",
        b"/.well-known/oauth-authorization-server/../../introspect",
        b"*",
        b"",
    ],
)
def test_another_spelling_is_another_path(path: bytes) -> None:
    """RFC 9110 §4.2.3 lets paths be compared as they are: what is not in the table stays outside."""
    assert table("").reader_of(path) is None
