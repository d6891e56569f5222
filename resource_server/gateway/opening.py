"""The gateway of an installation, from its settings."""

from urllib.parse import urlsplit

from sqlalchemy import Engine

from resource_server.gateway.gateway import Gateway
from resource_server.gateway.http_clients import HttpClients
from resource_server.settings import Settings
from shared.master_key import MasterKey
from shared.safe_fetch import INTERNET, Network
from shared.urls import is_loopback_host

PURPOSE = "upstream credentials"


def open_gateway(settings: Settings, engine: Engine, master_key: MasterKey, network: Network = INTERNET) -> Gateway:
    """Servers on this computer are reached while this server is on loopback itself."""
    clients = HttpClients(
        settings.upstream_private_hosts,
        allow_loopback=is_loopback_host(urlsplit(settings.mcp_url).hostname),
        network=network,
    )
    return Gateway(engine, master_key.derive(PURPOSE), clients)
