"""Both servers of one machine: their ports, taken before either runs, and the settings that follow from them."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from auth_server.settings import Settings as AuthSettings
from cli.failures import load, stop
from cli.health import reachable
from cli.options import set_environment
from cli.sockets import LOOPBACK, PortTakenError, listen, port_of
from cli.supervisor import Child
from resource_server.settings import Settings as ResourceSettings
from resource_server.single_port.requirements import check_single_port
from shared.urls import is_loopback_host


@dataclass(frozen=True)
class Pair:
    """Both servers' settings and the sockets they will serve."""

    auth: AuthSettings
    resource: ResourceSettings
    auth_sockets: Sequence[socket.socket]
    mcp_sockets: Sequence[socket.socket]

    @property
    def tunnel_target(self) -> str | None:
        """Where a tunnel or proxy must lead the public name, when there is one name and one port."""
        is_tunnel = self.resource.single_port and self.resource.is_https
        return f"http://{reachable(self.resource.host)}:{self.resource.port}" if is_tunnel else None

    def children(self) -> list[Child]:
        """The two processes."""
        environment = dict(os.environ)
        return [
            Child("the authorization server", ("serve", "auth"), environment | self._before(), _fds(self.auth_sockets)),
            Child("the MCP server", ("serve", "mcp"), environment, _fds(self.mcp_sockets)),
        ]

    def _before(self) -> dict[str, str]:
        """With one port the MCP server is the authorization server's proxy, and says who asks."""
        if not self.resource.single_port:
            return {}
        return {"OSTIARY_TRUSTED_PROXIES": ",".join([*map(str, self.auth.trusted_proxies), *LOOPBACK])}


def open_pair() -> Pair:
    """Takes the ports first; public and inner addresses follow them unless they are set. Raises SinglePortError."""
    first_mcp = load(ResourceSettings)
    first_auth = _first_auth_settings(is_behind=first_mcp.single_port)
    if first_auth.port and (first_auth.host, first_auth.port) == (first_mcp.host, first_mcp.port):
        stop(f"the two servers need a port each: --auth-port and --mcp-port are both {first_auth.port}")
    auth_sockets = _listen(first_auth.host, first_auth.port, "--auth-port")
    mcp_sockets = _listen(first_mcp.host, first_mcp.port, "--mcp-port")
    auth_port, mcp_port = port_of(auth_sockets), port_of(mcp_sockets)
    set_environment(OSTIARY_AUTH_PORT=auth_port, OSTIARY_RESOURCE_PORT=mcp_port)
    public_port = mcp_port if first_mcp.single_port else auth_port
    _set_defaults(OSTIARY_ISSUER=f"http://localhost:{public_port}", OSTIARY_MCP_URL=f"http://localhost:{mcp_port}/mcp")
    auth = load(AuthSettings)
    _set_defaults(
        OSTIARY_RESOURCE_AUTH_INTERNAL_URL=_inside(auth.host, auth_port, auth.base_path),
        OSTIARY_AUTH_RESOURCE_INTERNAL_URL=_inside(first_mcp.host, mcp_port),
    )
    resource = load(ResourceSettings)
    if resource.single_port:
        check_single_port(resource)
    return Pair(load(AuthSettings), resource, auth_sockets, mcp_sockets)


def _first_auth_settings(*, is_behind: bool) -> AuthSettings:
    """Behind the one port it listens on the loopback, at a port that nobody needs to know."""
    if is_behind:
        set_environment(OSTIARY_AUTH_HOST="localhost")
        _set_defaults(OSTIARY_AUTH_PORT="0")
    return load(AuthSettings)


def _set_defaults(**values: str | None) -> None:
    """What somebody set stays."""
    set_environment(**{name: value for name, value in values.items() if name not in os.environ})


def _inside(host: str, port: int, path: str = "") -> str | None:
    """How the other server gets there without leaving this machine, where a public name may not lead back to us.

    None where it listens on an outer address alone: plain http stays on the loopback.
    """
    found = reachable(host)
    return f"http://{found}:{port}{path}" if is_loopback_host(found.strip("[]")) else None


def _listen(host: str, port: int, option: str) -> list[socket.socket]:
    try:
        return listen(host, port)
    except PortTakenError as taken:
        stop(f"{taken}; choose another with {option}")
    except OSError as wrong:
        stop(str(wrong))


def _fds(sockets: Sequence[socket.socket]) -> tuple[int, ...]:
    return tuple(one.fileno() for one in sockets)
