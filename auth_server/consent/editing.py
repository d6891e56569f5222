"""A grant that its person edits in place: what the form offers, what would widen it, and what is saved (AS-115)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from auth_server.consent.choice import EVERYTHING, LIFETIMES, Choice, UnusableChoiceError, allowed
from auth_server.consent.meant import meant_access
from auth_server.consent.offered_servers import OfferedServers
from auth_server.grants import edit_grant, find_grant
from auth_server.models import Client, Grant
from shared.authorization_details import Details, MemoryAccess, NamespaceSet, memory_access
from shared.clock import now
from shared.mounted_servers import mounted_server
from shared.scopes import RESOURCE_SCOPES, Scope, parse_scope
from shared.server_access import ALL, whole

AS_BEFORE = 0
"""The lifetime on the form that leaves the end where it is."""


@dataclass(frozen=True)
class EditableGrant:
    """A grant that still holds, and its client, whose registration says what it may be allowed.

    `server` is the name of the one server that the grant is for, if it is for one alone.
    """

    grant: Grant
    client: Client
    server: str = ""

    @property
    def offered(self) -> tuple[Scope, ...]:
        """What the form asks about: what the client may ask for, and what the grant allows already."""
        if self.server:
            return (Scope.GATEWAY_CALL,)
        possible = {*parse_scope(self.client.scope), *self.grant.scopes}
        return tuple(scope for scope in RESOURCE_SCOPES if scope in possible)

    @property
    def most(self) -> MemoryAccess:
        """The most that can be chosen."""
        return MemoryAccess(servers=whole(self.server)) if self.server else EVERYTHING

    @property
    def lifetimes(self) -> dict[int, str]:
        """Seconds from now, and words: never longer than it was."""
        left = (self.grant.expires_at - now()).total_seconds()
        return {AS_BEFORE: "As before"} | {seconds: words for seconds, words in LIFETIMES.items() if seconds < left}

    def as_it_is(self, offered: OfferedServers) -> Choice:
        """What the form ticks at first: what the app can use now."""
        return Choice(frozenset(self.grant.scopes), meant_access(self.grant, offered), AS_BEFORE)


@dataclass(frozen=True)
class Edit:
    """What a grant becomes; `expires_at` None leaves its end where it is."""

    scopes: tuple[Scope, ...]
    details: Details
    expires_at: datetime | None


def is_editable(grant: Grant) -> bool:
    """Only what opens memories or servers has anything to tick; who was disconnected has nothing left."""
    return grant.is_live() and bool(set(grant.scopes) & set(RESOURCE_SCOPES))


def editable_grant(session: Session, grant_id: str, user_id: str, mcp_url: str) -> EditableGrant | None:
    """The person's grant of this id, while it can be edited; at the MCP endpoint at `mcp_url`, or beside it."""
    grant = find_grant(session, grant_id, user_id)
    if grant is None or not is_editable(grant):
        return None
    server = mounted_server(grant.resource, mcp_url) or ""
    return EditableGrant(grant, session.get_one(Client, grant.client_id), server)


def read_edit(editable: EditableGrant, choice: Choice) -> Edit:
    """The choice within what was offered; scopes the form does not ask about stay. Raises UnusableChoiceError."""
    if choice.lifetime not in editable.lifetimes:
        raise UnusableChoiceError("Choose for how long.", "lifetime")
    chosen, details = allowed(choice, editable.offered, editable.most)
    kept = {*chosen, *(scope for scope in editable.grant.scopes if scope not in RESOURCE_SCOPES)}
    end = now() + timedelta(seconds=choice.lifetime) if choice.lifetime != AS_BEFORE else None
    return Edit(tuple(scope for scope in Scope if scope in kept), details, end)


def names_servers(edit: Edit) -> bool:
    """Whether it matters which servers there are: whoever gives all of them means the later ones, too."""
    return any(name != ALL for name, _ in memory_access(edit.details).servers.choices)


def added_access(grant: Grant, edit: Edit, offered: OfferedServers) -> MemoryAccess:
    """What the edit allows beyond what the grant allows now; nothing if it only narrows."""
    before, after = meant_access(grant, offered), memory_access(edit.details)
    return MemoryAccess(
        _beyond(after.read, before.read),
        _beyond(after.write, before.write),
        after.tools - before.tools,
        after.servers.beyond(before.servers),
    )


def save_edit(
    session: Session, editable: EditableGrant, revision: int, edit: Edit, *, servers_are_known: bool = True
) -> None:
    """Holds from the app's next call. Raises StaleGrantError unless the grant is still at `revision`.

    Who was not told which servers there are, decided nothing about those that came later.
    """
    grant = session.get_one(Grant, editable.grant.id)
    edit_grant(
        session, grant, revision=revision, scopes=edit.scopes, details=edit.details, expires_at=edit.expires_at,
        decided_at=None if servers_are_known else grant.decided_at,
    )  # fmt: skip


def _beyond(after: NamespaceSet, before: NamespaceSet) -> NamespaceSet:
    if before.everything or after.everything:
        return NamespaceSet(everything=after.everything and not before.everything)
    return NamespaceSet(after.names - before.names)
