"""Calls that were found allowed, remembered for as long as all that they were judged by is the same."""

from dataclasses import dataclass
from weakref import ref

from resource_server.context.caller import Caller
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.link import Viewer
from resource_server.gateway.listing import Listing
from resource_server.gateway.upstream import Upstream
from resource_server.recent import Recent
from resource_server.usage.counting import UsedTool

MOST = 10_000


@dataclass(frozen=True)
class Approved:
    """A tool of a server that this caller may call: it stands in the list, and nothing of it waits for anybody."""

    caller: Caller
    viewer: Viewer
    upstream: Upstream
    tool: str
    is_repeatable: bool
    used: UsedTool


@dataclass(frozen=True)
class _Judged:
    """By what the database held at `generation`, and by a list that is not kept for it: one can be megabytes."""

    approved: Approved
    listing: "ref[Listing]"
    generation: int


class Approvals:
    """Of one process. Whether a caller's grant still lives is asked for each call, by whoever makes it."""

    def __init__(self) -> None:
        self._judged: Recent[tuple[str, str], _Judged] = Recent(MOST)

    def of(self, gateway: Gateway, caller: Caller, name: str) -> tuple[Approved, Listing] | None:
        """The approval with the list, if grant, database and list are those it was given by."""
        judged = self._judged.get((caller.grant_id, name))
        if judged is None or judged.approved.caller is not caller or judged.generation != gateway.changes.generation():
            return None
        approved = judged.approved
        listing = gateway.listings.known(approved.upstream, approved.viewer)
        return (approved, listing) if listing is not None and listing is judged.listing() else None

    def remember(self, name: str, approved: Approved, listing: Listing, generation: int) -> None:
        """What was found, by a database that was at `generation` before anything was read of it."""
        if not approved.caller.server_session:
            self._judged.put((approved.caller.grant_id, name), _Judged(approved, ref(listing), generation))
