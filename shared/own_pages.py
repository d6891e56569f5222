"""The resource server's pages for people, as a client of the authorization server: what both have to know of it.

Its secret follows from the master key, which both processes hold, so that nobody configures it.
"""

from shared.master_key import MasterKey
from shared.scopes import Scope, format_scope
from shared.secrets import derived_secret

CLIENT_ID = "cli_ostiary_pages"
CLIENT_NAME = "Ostiary pages"
REDIRECT_PATH = "/signed-in"
"""At the resource server's origin, where people come back to from the authorization server."""

SIGN_OUT_PATH, SIGNED_OUT_PATH = "/sign-out", "/signed-out"

SCOPES = (Scope.OPENID, Scope.EMAIL, Scope.GATEWAY_MANAGE)
"""Who it is, and for an administrator the servers of everybody; no memories and no tools."""

SCOPE = format_scope(SCOPES)
SERVERS_PATH = "/servers"
"""A person's page of servers; below it are servers by their names, and nothing else."""

MANAGED_PATH = "/manage/servers"
"""Where administrators keep the servers of everybody."""

USAGE_PATH, MANAGED_USAGE_PATH = "/usage", "/manage/usage"
"""Numbers of calls: a person's own, and everybody's."""


def client_secret(master_key: MasterKey) -> str:
    """What the pages prove themselves with at the token endpoint."""
    return derived_secret("cs", master_key.derive("own pages client"), CLIENT_ID)
