"""The gateway of an installation, from its settings."""

from urllib.parse import urlsplit

from sqlalchemy import Engine

from resource_server.gateway.gateway import Gateway
from resource_server.gateway.http_clients import HttpClients
from resource_server.gateway.processes import Processes
from resource_server.gateway.servers_file import load_servers_file
from resource_server.gateway.sessions import SessionRules
from resource_server.gateway.transports import Ways
from resource_server.settings import Settings
from resource_server.usage.counting import UseCounts
from shared.master_key import MasterKey
from shared.safe_fetch import INTERNET, Network
from shared.urls import is_loopback_host

PURPOSE = "upstream credentials"


def open_gateway(
    settings: Settings,
    engine: Engine,
    master_key: MasterKey,
    uses: UseCounts | None = None,
    network: Network = INTERNET,
) -> Gateway:
    """With the servers that a file names. Raises CannotStartError where that file cannot be used."""
    rules = SessionRules(settings.server_session_idle, settings.server_sessions_per_user)
    ways = ways_of(settings, network)
    gateway = Gateway(engine, master_key.derive(PURPOSE), ways, rules, uses, settings.mcp_origin)
    load_servers_file(settings, gateway.upstreams, gateway.ways.clients)
    return gateway


def ways_of(settings: Settings, network: Network = INTERNET) -> Ways:
    """Servers on this computer are reached while this server is on loopback itself."""
    clients = HttpClients(
        settings.upstream_private_hosts,
        allow_loopback=is_loopback_host(urlsplit(settings.mcp_url).hostname),
        network=network,
    )
    return Ways(clients, Processes(settings.upstream_processes_per_server, settings.upstream_processes))
