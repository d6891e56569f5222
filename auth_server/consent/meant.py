"""What a grant means by the servers that it names: those that were named so when it was decided."""

from dataclasses import replace

from auth_server.consent.offered_servers import OfferedServers
from auth_server.models import Grant
from shared.authorization_details import MemoryAccess, memory_access


def meant_access(grant: Grant, offered: OfferedServers) -> MemoryAccess:
    """What it allows now, as far as the person's servers are known; its details may name others of the same name."""
    access = memory_access(grant.details)
    return replace(access, servers=access.servers.apart_from(later_servers(grant, offered)))


def later_servers(grant: Grant, offered: OfferedServers) -> frozenset[str]:
    """The servers that it names and does not mean."""
    named = {name for name, _ in memory_access(grant.details).servers.choices}
    return offered.later_than(grant.decided_at) & named
