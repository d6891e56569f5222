"""Remembered consent: whether a person allowed the same thing to the same app before (MCP security best practices)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from auth_server.client_identity import RedirectKind, plain, redirect_place, redirect_target
from auth_server.client_snapshots import ClientSnapshot
from auth_server.consent.choice import LIFETIMES, Choice, ceiling, is_about_memories, offered_lifetimes
from auth_server.consent.offered_servers import OfferedServers
from auth_server.models import Client, ClientOrigin, Grant
from auth_server.oauth.authorization_request import AuthorizationRequest
from shared.authorization_details import MemoryAccess, memory_access, tools_named
from shared.scopes import Scope
from shared.server_access import ALL

A_MINUTE = 60


@dataclass(frozen=True)
class RememberedConsent:
    """What the person chose, and when; pressing Continue chooses it once more."""

    since: datetime
    choice: Choice
    decided_at: datetime

    @property
    def names_servers(self) -> bool:
        """Whether it matters which servers there are."""
        return any(name != ALL for name, _ in self.choice.access.servers.choices)

    def means_others(self, offered: OfferedServers) -> bool:
        """Whether a server that it names is another one by now, or may be: that is for the person to see."""
        named = {name for name, _ in self.choice.access.servers.choices}
        return self.names_servers and (not offered.are_known or bool(offered.later_than(self.decided_at) & named))


@dataclass(frozen=True)
class Change:
    """What is different; `earlier_name` is empty for an app that still has its name."""

    earlier_name: str
    sentences: tuple[str, ...]


def remembered_consent(request: AuthorizationRequest, held: Sequence[Grant], longest: int) -> RememberedConsent | None:
    """What was allowed when this app was last allowed here, if that covers the request; `held` begins with the newest.

    Only an app whose host is verified and that gets its answer over https is recognised: any program on a computer can
    pose as one that listens there, and a registration can be copied (AS-28).
    """
    grant = next((grant for grant in held if _leads_there_too(grant, request)), None)
    if grant is None or request.openid.prompt or not _is_recognisable(request) or _was_shortened(grant):
        return None
    approved, access = ClientSnapshot.of_grant(grant), _access_again(request, grant)
    if approved is None or access is None or _changes(approved, ClientSnapshot.of_client(request.client)):
        return None
    choice = Choice(frozenset(request.scopes), access, _lifetime_again(grant, longest))
    return RememberedConsent(grant.created_at, choice, grant.decided_at)


def change_since(client: Client, held: Sequence[Grant]) -> Change | None:
    """What the app says of itself otherwise than when it was last allowed; None for nothing."""
    approved = next((snapshot for grant in held if (snapshot := ClientSnapshot.of_grant(grant)) is not None), None)
    if client.origin != ClientOrigin.DOCUMENT or approved is None:
        return None
    changes = _changes(approved, ClientSnapshot.of_client(client))
    is_renamed = approved.client_name != client.client_name
    return Change(plain(approved.client_name) if is_renamed else "", tuple(changes)) if changes else None


def _leads_there_too(grant: Grant, request: AuthorizationRequest) -> bool:
    """An older choice for the same place does not count: the person may have narrowed it since."""
    same_place = redirect_place(grant.redirect_uri) == redirect_place(request.redirect_uri)
    return same_place and grant.resource == request.resource


def _is_recognisable(request: AuthorizationRequest) -> bool:
    return (
        request.client.origin == ClientOrigin.DOCUMENT
        and redirect_target(request.redirect_uri).kind is RedirectKind.WEB
    )


def _changes(approved: ClientSnapshot, now: ClientSnapshot) -> list[str]:
    """As sentences. CIMD §6.3: a new name, other return addresses and a weaker proof matter; a rotated key does not."""
    changes = []
    if approved.client_name != now.client_name:
        changes.append(f"It used to call itself “{plain(approved.client_name)}”.")
    if approved.redirect_uris != now.redirect_uris:
        changes.append("The addresses it may send you to are not those you allowed.")
    if now.is_weaker_than(approved):
        changes.append("It proves less about who it is than it did.")
    return changes


def _access_again(request: AuthorizationRequest, grant: Grant) -> MemoryAccess | None:
    """The grant's access within the request, if it covers every scope and detail of it (AS-27)."""
    if not set(request.scopes) <= set(grant.scopes):
        return None
    access = memory_access(grant.details).intersection(ceiling(request)).within(request.scopes)
    if request.details is not None and not _is_covered(request, access):
        return None
    opened = (access.read or access.write or not is_about_memories(request.scopes)) and (
        access.servers or Scope.GATEWAY_CALL not in request.scopes
    )
    return access if opened else None


def _is_covered(request: AuthorizationRequest, access: MemoryAccess) -> bool:
    """Every detail of it; where it names no tools, those that were chosen before are what it gets."""
    asked = ceiling(request).within(request.scopes)
    return access == (asked if tools_named(request.details or ()) else replace(asked, tools=access.tools))


def _was_shortened(grant: Grant) -> bool:
    """Whether the person let it end earlier than they had allowed: what they would choose now is for them to say."""
    chosen = (grant.expires_at - grant.created_at).total_seconds()
    return grant.revision > 1 and all(abs(seconds - chosen) > A_MINUTE for seconds in LIFETIMES)


def _lifetime_again(grant: Grant, longest: int) -> int:
    """The lifetime the person chose; the grant keeps only when it began and ends."""
    chosen = (grant.expires_at - grant.created_at).total_seconds()
    return min(offered_lifetimes(longest), key=lambda seconds: abs(seconds - chosen))
