"""One server behind the gateway as a protected resource of its own: `/servers/<name>/mcp` at the MCP endpoint's origin.

Both servers know the family by its form alone: whether a person has a server of a name is told to that person's apps.
"""

import re
from urllib.parse import urlsplit

from shared.server_access import SERVER_PATTERN
from shared.urls import origin_of

PATH = re.compile(rf"/servers/({SERVER_PATTERN.strip('^$')})/mcp")


def mounted_path(server: str) -> str:
    """Where the server of this name is mounted."""
    return f"/servers/{server}/mcp"


def mounted_url(server: str, mcp_url: str) -> str:
    """The resource that it is, beside the MCP endpoint at `mcp_url`."""
    return origin_of(mcp_url) + mounted_path(server)


def server_at(path: str) -> str | None:
    """The name of the server that a path is of; None for any other path, and for what is no name."""
    found = PATH.fullmatch(path)
    return found.group(1) if found else None


def mounted_server(resource: str, mcp_url: str) -> str | None:
    """The name of the server that a resource is, spelt as `mounted_url` does; None for any other resource."""
    server = server_at(urlsplit(resource).path)
    return server if server is not None and resource == mounted_url(server, mcp_url) else None
