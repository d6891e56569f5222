"""Which paths of the one port are the authorization server's: a fixed table, read with the path as it was sent.

The raw path decides, once: nobody decodes it, resolves its dots or folds its case before, and it is passed on byte for
byte. What is not in the table, `/introspect` and `/internal/…` among it, cannot be reached through this port.
"""

import re
from enum import StrEnum

from shared.mounted_servers import PATH as MOUNTED


class Reader(StrEnum):
    """Who looks at a path's answers: people at pages, or programs at JSON."""

    PERSON = "person"
    PROGRAM = "program"


EXACT = {
    "/authorize": Reader.PERSON,
    "/login": Reader.PERSON,
    "/logout": Reader.PERSON,
    "/end-session": Reader.PERSON,
    "/setup": Reader.PERSON,
    "/sign-up": Reader.PERSON,
    "/invitation": Reader.PERSON,
    "/forgot-password": Reader.PERSON,
    "/reset-password": Reader.PERSON,
    "/verify-email": Reader.PERSON,
    "/device": Reader.PERSON,
    "/account": Reader.PERSON,
    "/admin": Reader.PERSON,
    "/device_authorization": Reader.PROGRAM,
    "/userinfo": Reader.PROGRAM,
    "/token": Reader.PROGRAM,
    "/revoke": Reader.PROGRAM,
    "/register": Reader.PROGRAM,
    "/.well-known/jwks.json": Reader.PROGRAM,
}
BELOW = {
    "/account": Reader.PERSON,
    "/login": Reader.PERSON,
    "/device": Reader.PERSON,
    "/erasures": Reader.PERSON,
    "/static": Reader.PERSON,
    "/register": Reader.PROGRAM,
    "/admin/api": Reader.PROGRAM,
    "/admin": Reader.PERSON,
}
"""The first that fits decides."""
NOT_BELOW = ("/admin/sessions", "/admin/stats")
"""What this server answers itself."""
METADATA = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")

# One path segment after another: none is empty, begins with a dot, or holds an escape behind which one could hide.
SEGMENTS = r"(?:/[A-Za-z0-9][A-Za-z0-9._~-]*)+"


class AuthorizationServerPaths:
    """The table for an issuer whose path is `base_path` and an MCP endpoint at `mcp_path`."""

    def __init__(self, base_path: str, mcp_path: str) -> None:
        own = {base_path + path: reader for path, reader in EXACT.items()}
        if base_path:
            own[f"{base_path}/"] = Reader.PERSON
        own |= dict.fromkeys(metadata_paths(base_path, mcp_path), Reader.PROGRAM)
        self._not_below = {(base_path + path).encode() for path in NOT_BELOW}
        self._exact = {path.encode(): reader for path, reader in own.items()}
        below = {re.escape(base_path + prefix) + SEGMENTS: reader for prefix, reader in BELOW.items()}
        below |= dict.fromkeys((re.escape(name) + MOUNTED.pattern for name in METADATA), Reader.PROGRAM)
        self._below = [(re.compile(pattern.encode()), reader) for pattern, reader in below.items()]

    def reader_of(self, raw_path: bytes) -> Reader | None:
        """Who reads the authorization server's answers at that path; None when the path is not its own."""
        found = self._exact.get(raw_path)
        if found is None and raw_path not in self._not_below:
            found = next((reader for pattern, reader in self._below if pattern.fullmatch(raw_path)), None)
        return found


def metadata_paths(base_path: str, mcp_path: str) -> set[str]:
    """RFC 8414 §3.1, §5: at the root, with the issuer's or the resource's path inserted, and appended."""
    inserted = {name + path for name in METADATA for path in ("", base_path, mcp_path.rstrip("/"))}
    return inserted | {base_path + name for name in METADATA}
