"""The gateway of an installation, from its settings."""

from urllib.parse import urlsplit

from sqlalchemy import Engine

from resource_server.gateway.caps import CapSizes
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.http_clients import HttpClients
from resource_server.gateway.limits import Limits
from resource_server.gateway.processes import Processes
from resource_server.gateway.servers_file import load_servers_file
from resource_server.gateway.sessions import SessionRules
from resource_server.gateway.shared_lists import SharedLists
from resource_server.gateway.transports import Ways
from resource_server.settings import Settings
from resource_server.usage.counting import UseCounts
from shared.master_key import MasterKey
from shared.safe_fetch import INTERNET, Network
from shared.urls import is_loopback_host

PURPOSE = "upstream credentials"
LISTS = "lists of servers"


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
    key, lists = master_key.derive(PURPOSE), SharedLists(settings.redis_url, master_key.derive(LISTS))
    gateway = Gateway(engine, key, ways, rules, uses, settings.mcp_origin, lists)
    load_servers_file(settings, gateway.upstreams, gateway.ways.clients)
    return gateway


def ways_of(settings: Settings, network: Network = INTERNET) -> Ways:
    """Servers on this computer are reached while this server is on loopback itself."""
    limits = _limits(settings)
    clients = HttpClients(
        settings.upstream_private_hosts,
        allow_loopback=is_loopback_host(urlsplit(settings.mcp_url).hostname),
        network=network,
        limits=limits,
    )
    processes = Processes(
        settings.upstream_processes_per_server, settings.upstream_processes, most_bytes=limits.most_bytes
    )
    return Ways(clients, processes)


def _limits(settings: Settings) -> Limits:
    caps = CapSizes(
        per_person_and_server=settings.upstream_calls_per_person_and_server,
        per_person=settings.upstream_calls_per_person,
        per_server=settings.upstream_calls_per_server,
        in_all=settings.upstream_calls,
        patience=settings.upstream_busy_seconds,
    )
    return Limits(
        connect_seconds=settings.upstream_connect_seconds,
        first_byte_seconds=settings.upstream_first_byte_seconds,
        call_seconds=settings.upstream_call_seconds,
        most_bytes=settings.upstream_max_result,
        caps=caps,
    )
