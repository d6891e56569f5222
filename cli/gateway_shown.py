"""Servers as commands show them: names of what they get, never a value."""

from cli.gateway_servers import Servers
from resource_server.gateway.showing import shown_command, shown_url
from resource_server.gateway.upstream import NOBODY, Transport, Upstream


def plain(servers: Servers, upstream: Upstream) -> dict[str, object]:
    """One server, for scripts."""
    credentials = servers.upstreams.credentials
    return {
        "name": upstream.name,
        "owner": servers.called.get(upstream.owner, upstream.owner) or None,
        "transport": upstream.transport.value,
        "url": shown_url(upstream.url) or None,
        "command": shown_command(upstream.command),
        "is_enabled": upstream.is_enabled,
        "from_file": bool(upstream.origin),
        "sends": sorted(credentials.sent_to(upstream)),
        "asks": list(upstream.asks),
        "entered_by": len(credentials.people_of(upstream)),
        "connected_by": len(servers.connecting.tokens.every(upstream.id)),
        "oauth": _client(servers, upstream) if upstream.uses_oauth else None,
        "is_hidden": is_hidden(servers, upstream),
    }


def _client(servers: Servers, upstream: Upstream) -> dict[str, str]:
    """Whose server it trusts, and what this installation is there; never a secret."""
    known = servers.connecting.clients.every(upstream.id)
    if not known:
        return {"client": "registers itself when the first person connects it"}
    return {
        one.issuer or "nowhere yet": f"{one.id} ({'entered by hand' if one.by_hand else 'registered itself'})"
        for one in known
    }


def is_hidden(servers: Servers, upstream: Upstream) -> bool:
    """Whether a server for everybody has the name of this one of one person's own."""
    return upstream.owner != NOBODY and servers.upstreams.named(upstream.name) is not None


def where(upstream: Upstream) -> str:
    """Its address, or its command."""
    return (
        shown_url(upstream.url)
        if upstream.transport is not Transport.STDIO
        else " ".join(shown_command(upstream.command))
    )


def state(servers: Servers, upstream: Upstream) -> str:
    """In words, what stands in the way of its use, and what it waits for."""
    found = [] if upstream.is_enabled else ["off"]
    if is_hidden(servers, upstream):
        found.append("hidden by everybody's of that name")
    if upstream.origin:
        found.append("from the file")
    if upstream.uses_oauth:
        people = len(servers.connecting.tokens.every(upstream.id))
        found.append(f"people connect it (OAuth); {people} did")
    if upstream.asks:
        people = len(servers.upstreams.credentials.people_of(upstream))
        found.append(f"asks each person for {', '.join(upstream.asks)}; entered by {people}")
    return "; ".join(found)
