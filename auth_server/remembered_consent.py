"""Remembered consent: whether a person allowed the same thing to the same app before (MCP security best practices)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auth_server.client_identity import RedirectKind, plain, redirect_place, redirect_target
from auth_server.client_snapshots import ClientSnapshot
from auth_server.consents import Choice, ceiling, offered_lifetimes
from auth_server.models import Client, ClientOrigin, Grant
from auth_server.oauth.authorization_request import AuthorizationRequest
from shared.authorization_details import MemoryAccess, NamespaceSet, memory_access
from shared.scopes import Scope


@dataclass(frozen=True)
class RememberedConsent:
    """What the person chose, and when; pressing Continue chooses it once more."""

    since: datetime
    choice: Choice


def remembered_consent(request: AuthorizationRequest, held: Sequence[Grant], longest: int) -> RememberedConsent | None:
    """The newest of this app's used grants that already allows all of the request, or None.

    Only an app whose host is verified and that gets its answer over https is recognised: any program on a computer can
    pose as one that listens there, and a registration can be copied (AS-28).
    """
    if request.prompt or not _is_recognisable(request):
        return None
    now = ClientSnapshot.of_client(request.client)
    for grant in held:
        approved = ClientSnapshot.of_grant(grant)
        access = _access_again(request, grant)
        if approved is not None and not _changes(approved, now) and access is not None:
            scopes = frozenset(request.scopes)
            return RememberedConsent(grant.created_at, Choice(scopes, access, _lifetime_again(grant, longest)))
    return None


def change_since(client: Client, held: Sequence[Grant]) -> str:
    """What the app says of itself otherwise than when it was last allowed, as a sentence; empty for nothing."""
    approved = next((snapshot for grant in held if (snapshot := ClientSnapshot.of_grant(grant)) is not None), None)
    if client.origin != ClientOrigin.DOCUMENT or approved is None:
        return ""
    changes = _changes(approved, ClientSnapshot.of_client(client))
    if not changes:
        return ""
    listed = changes[0] if len(changes) == 1 else f"{', '.join(changes[:-1])} and {changes[-1]}"
    return f"Since you last allowed it, this app has changed {listed}."


def _is_recognisable(request: AuthorizationRequest) -> bool:
    return (
        request.client.origin == ClientOrigin.DOCUMENT
        and redirect_target(request.redirect_uri).kind is RedirectKind.WEB
    )


def _changes(approved: ClientSnapshot, now: ClientSnapshot) -> list[str]:
    """CIMD §6.3: a new name, other return addresses and a weaker proof matter; a rotated key does not."""
    changes = []
    if approved.client_name != now.client_name:
        changes.append(f"its name, which was “{plain(approved.client_name)}”")
    if approved.redirect_uris != now.redirect_uris:
        changes.append("the addresses it may send you to")
    if now.is_weaker_than(approved):
        changes.append("how it proves who it is, which is weaker now")
    return changes


def _access_again(request: AuthorizationRequest, grant: Grant) -> MemoryAccess | None:
    """The grant's access within the request, if the grant covers the request in every respect (AS-27)."""
    if (
        grant.resource != request.resource
        or redirect_place(grant.redirect_uri) != redirect_place(request.redirect_uri)
        or not set(request.scopes) <= set(grant.scopes)
    ):
        return None
    access = _within_scopes(request, memory_access(grant.details).intersection(ceiling(request)))
    if request.details is not None and access != _within_scopes(request, ceiling(request)):
        return None
    return access if access.read or access.write else None


def _within_scopes(request: AuthorizationRequest, access: MemoryAccess) -> MemoryAccess:
    return MemoryAccess(
        read=access.read if Scope.MEMORY_READ in request.scopes else NamespaceSet(),
        write=access.write if Scope.MEMORY_WRITE in request.scopes else NamespaceSet(),
    )


def _lifetime_again(grant: Grant, longest: int) -> int:
    """The lifetime the person chose; the grant keeps only when it began and ends."""
    chosen = (grant.expires_at - grant.created_at).total_seconds()
    return min(offered_lifetimes(longest), key=lambda seconds: abs(seconds - chosen))
