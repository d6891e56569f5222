"""Clients known by a metadata document, as well-known apps publish theirs, and a server that can read them.

The members are those of the documents at these addresses in the autumn of 2026.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.auth_harness import AuthHarness, RegisteredClient, auth_settings
from tests.document_host import DocumentHost

CLAUDE = "https://claude.ai/oauth/mcp-oauth-client-metadata"
CLAUDE_CODE = "https://claude.ai/oauth/claude-code-client-metadata"
CHATGPT = "https://chatgpt.com/oauth/client.json"
VS_CODE = "https://vscode.dev/oauth/client-metadata.json"
OPENCODE = "https://opencode.ai/oauth/opencode/client.json"

DOCUMENTS: dict[str, dict[str, Any]] = {
    CLAUDE: {
        "client_id": CLAUDE,
        "client_name": "Claude",
        "client_uri": "https://claude.ai",
        "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    CLAUDE_CODE: {
        "client_id": CLAUDE_CODE,
        "client_name": "Claude Code",
        "client_uri": "https://claude.ai",
        "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    CHATGPT: {
        "client_id": CHATGPT,
        "client_name": "ChatGPT",
        "client_uri": "https://chatgpt.com/",
        "logo_uri": "https://persistent.oaistatic.com/sonic/misc/openai-logo.png",
        "redirect_uris": ["https://chatgpt.com/connector_platform_oauth_redirect"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg": "RS256",
        "jwks_uri": "https://chatgpt.com/oauth/jwks.json",
    },
    VS_CODE: {
        "client_id": VS_CODE,
        "client_name": "Visual Studio Code",
        "client_uri": "https://vscode.dev/product",
        "logo_uri": "https://code.visualstudio.com/assets/branding/code-stable.png",
        "redirect_uris": ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    },
    OPENCODE: {
        "client_id": OPENCODE,
        "client_name": "OpenCode",
        "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    },
}


PROVIDERS = (
    '[{"id":"silent","kind":"oidc","issuer":"http://localhost:1","client_id":"a","client_secret":"b"},'
    '{"id":"hub","kind":"github","client_id":"a","client_secret":"b"}]'
)
"""Whom people may sign in with at the settled server; the first is never there."""


def publish(
    host: DocumentHost, client_id: str, *, cache_control: str | None = None, **changes: Any
) -> RegisteredClient:
    """Puts the app's document on the web with `changes`, None leaving a member out; gives the client it describes."""
    changed = DOCUMENTS.get(client_id, DOCUMENTS[CLAUDE]) | {"client_id": client_id} | changes
    document = {name: value for name, value in changed.items() if value is not None}
    host.serve(client_id, document, **({"cache_control": cache_control} if cache_control else {}))
    return RegisteredClient(document)


def claiming(client_id: str) -> RegisteredClient:
    """A client that merely says that this is its id."""
    return RegisteredClient({"client_id": client_id, "redirect_uris": ["https://app.example/callback"]})


@contextmanager
def reading_server(folder: Path, host: DocumentHost) -> Iterator[AuthHarness]:
    """An authorization server that reads documents at `host`, with Ada signed in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        harness = AuthHarness(auth_settings(folder), host.network)
    with harness.http:
        harness.create_user()
        harness.sign_in()
        yield harness


@pytest.fixture
def reading(tmp_path: Path, document_host: DocumentHost) -> Iterator[AuthHarness]:
    """A server and a web of one test's own."""
    with reading_server(tmp_path, document_host) as harness:
        yield harness


@pytest.fixture(scope="module")
def web() -> Iterator[DocumentHost]:
    """One web for a module."""
    host = DocumentHost()
    yield host
    host.stop()


@pytest.fixture(scope="module")
def settled_reader(tmp_path_factory: pytest.TempPathFactory, web: DocumentHost) -> Iterator[AuthHarness]:
    """One server for a module that reads documents at `web`, with Ada signed in."""
    folder = tmp_path_factory.mktemp("reading")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        harness = AuthHarness(auth_settings(folder, providers=PROVIDERS), web.network)
    with harness.http:
        harness.create_user()
        harness.sign_in()
        yield harness


@pytest.fixture
def reader(settled_reader: AuthHarness, web: DocumentHost) -> AuthHarness:
    """The same, and nobody has asked for a document within the last minute; each test takes an id of its own."""
    settled_reader.services.limiter.storage.reset()
    web.received.clear()
    return settled_reader


_numbers = count()


@pytest.fixture
def app_id() -> str:
    """An address where no document lies yet."""
    return f"https://app.example/{next(_numbers)}/client.json"
