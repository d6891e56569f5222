"""What an administrator says of an app they enter by hand, and what is known already of well-known ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class AppName(StrEnum):
    """The word an administrator names a well-known app with."""

    CLAUDE = "claude"
    CHATGPT = "chatgpt"
    CLAUDE_CODE = "claude-code"
    CURSOR = "cursor"
    VSCODE = "vscode"


class Method(StrEnum):
    """How an app that was entered by hand proves who it is (OAuth 2.1 §2.4)."""

    NONE = "none"
    POST = "client_secret_post"
    BASIC = "client_secret_basic"


@dataclass(frozen=True)
class ClientDraft:
    """A client before it exists: what people will read, where it takes its answers, how it proves who it is."""

    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    method: Method = Method.POST


KNOWN_APPS = {
    AppName.CLAUDE: ClientDraft(
        "Claude",
        ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"),
    ),
    AppName.CHATGPT: ClientDraft("ChatGPT", ("https://chatgpt.com/connector_platform_oauth_redirect",)),
    AppName.CLAUDE_CODE: ClientDraft(
        "Claude Code", ("http://localhost/callback", "http://127.0.0.1/callback"), Method.NONE
    ),
    AppName.CURSOR: ClientDraft(
        "Cursor",
        (
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
        ),
        Method.NONE,
    ),
    AppName.VSCODE: ClientDraft(
        "VS Code",
        ("https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect", "http://127.0.0.1/"),
        Method.NONE,
    ),
}
"""A loopback address without a port stands for any port (RFC 8252 §7.3)."""


def draft(
    app: AppName | None = None, name: str = "", redirect_uris: Iterable[str] = (), method: Method | None = None
) -> ClientDraft:
    """What is known of `app`, if it is named; a name and a method replace it, redirect URIs join it."""
    known = KNOWN_APPS[app] if app is not None else ClientDraft()
    joined = tuple(dict.fromkeys((*known.redirect_uris, *redirect_uris)))
    return ClientDraft(name or known.name, joined, method or known.method)
