"""CORS for the endpoints that browser clients call, and for nothing else (OAuth 2.1 §3.1, RFC 9700 §2.6)."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

OPEN_PATHS = ("/.well-known", "/register", "/token", "/revoke", "/userinfo", "/device_authorization")
LOOPBACK_ORIGINS = r"https?://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?"
REQUEST_HEADERS = ("Content-Type", "Authorization", "MCP-Protocol-Version")


class ApiCors:
    """Any origin without credentials; while the issuer is on loopback, loopback origins alone."""

    def __init__(self, app: ASGIApp, *, base_path: str, loopback: bool) -> None:
        self.app = app
        self.base_path = base_path
        self.open = CORSMiddleware(
            app,
            allow_origins=() if loopback else ("*",),
            allow_origin_regex=LOOPBACK_ORIGINS if loopback else None,
            allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=REQUEST_HEADERS,
            expose_headers=("WWW-Authenticate",),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        app = self.open if scope["type"] == "http" and is_open_path(scope["path"], self.base_path) else self.app
        await app(scope, receive, send)


def is_open_path(path: str, base_path: str) -> bool:
    """Whether programs in other sites' pages may call `path`."""
    below = path.removeprefix(base_path)
    return any(below == prefix or below.startswith(f"{prefix}/") for prefix in OPEN_PATHS)
