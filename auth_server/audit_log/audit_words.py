"""Events of the audit log as a person would say them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from auth_server.audit_log.audit import AuditKind
from auth_server.client_identity import display_name
from auth_server.models import AuditEvent, Client, User

SENTENCES: dict[str, str] = {
    AuditKind.SIGNED_IN: "{person} signed in",
    AuditKind.SIGN_IN_REFUSED: "Somebody failed to sign in as {person}",
    AuditKind.SIGNED_OUT: "{person} signed out",
    AuditKind.SIGNED_OUT_EVERYWHERE: "{person} was signed out everywhere",
    AuditKind.SESSION_ENDED: "A browser of {person} was signed out",
    AuditKind.ADMINISTRATOR_CREATED: "{person} became the first administrator",
    AuditKind.ACCOUNT_CREATED: "An account was made for {person}",
    AuditKind.ACCOUNT_CHANGED: "The account of {person} was changed",
    AuditKind.ACCOUNT_DISABLED: "The account of {person} was disabled",
    AuditKind.ACCOUNT_ENABLED: "The account of {person} was enabled again",
    AuditKind.ACCOUNT_EXPORTED: "{person} took along what their account holds",
    AuditKind.ACCOUNT_DELETED: "The account of {person} was deleted",
    AuditKind.ACCOUNT_ERASED: "The memories of {person} are erased",
    AuditKind.PERSON_INVITED: "Somebody was invited",
    AuditKind.INVITATION_REVOKED: "An invitation was taken back",
    AuditKind.PASSWORD_CHANGED: "The password of {person} was changed",
    AuditKind.PASSWORD_RESET_ASKED: "A new password was asked for {person}",
    AuditKind.PASSKEY_ADDED: "{person} added a passkey",
    AuditKind.PASSKEY_REMOVED: "A passkey of {person} was removed",
    AuditKind.CODES_TURNED_ON: "{person} signs in with codes from now on",
    AuditKind.CODES_TURNED_OFF: "{person} signs in without codes from now on",
    AuditKind.RECOVERY_CODES_MADE: "{person} made recovery codes",
    AuditKind.RECOVERY_CODE_USED: "{person} used a recovery code",
    AuditKind.PROVIDER_LINKED: "{person} linked the provider {provider}",
    AuditKind.PROVIDER_UNLINKED: "The provider {provider} of {person} was unlinked",
    AuditKind.CONSENT_DENIED: "{person} refused {app}",
    AuditKind.CODE_REPLAYED: "A code of {app} for {person} came twice",
    AuditKind.REFRESH_TOKEN_REUSED: "A spent refresh token of {app} for {person} came again; the connection ended",
    AuditKind.GRANT_CREATED: "{person} allowed {app} something",
    AuditKind.GRANT_REVOKED: "What {person} allowed {app} was taken back",
    AuditKind.GRANT_EDITED: "What {person} allowed {app} was changed",
    AuditKind.KEY_CREATED: "An API key was made for {person}",
    AuditKind.KEY_CHANGED: "What an API key of {person} may do was changed",
    AuditKind.KEY_ROTATED: "An API key of {person} was replaced by another",
    AuditKind.KEY_REVOKED: "An API key of {person} was revoked",
    AuditKind.KEY_DELETED: "An API key of {person} was deleted",
    AuditKind.CLIENT_REGISTERED: "{app} registered itself",
    AuditKind.CLIENT_CREATED: "{app} was entered by hand",
    AuditKind.CLIENT_CHANGED: "{app} was changed",
    AuditKind.CLIENT_APPROVED: "{app} was approved",
    AuditKind.CLIENT_BLOCKED: "{app} was blocked",
    AuditKind.CLIENT_UNBLOCKED: "{app} was unblocked",
    AuditKind.CLIENT_SECRET_ROTATED: "{app} got a new secret",
    AuditKind.CLIENT_DELETED: "{app} was deleted",
    AuditKind.CLIENTS_CLEANED_UP: "Apps that were never used were deleted",
    AuditKind.TRUST_RULE_CHANGED: "The rule for {rule} is {value} now",
    AuditKind.HOST_RULE_CHANGED: "The rule for apps of {host} changed: {verdict}",
    AuditKind.INITIAL_ACCESS_TOKEN_ISSUED: "A token to register apps with was made",
    AuditKind.INITIAL_ACCESS_TOKENS_REVOKED: "All tokens to register apps with were ended",
    AuditKind.SIGNING_KEY_ROTATED: "Tokens are signed with another key from now on",
    AuditKind.SIGNING_KEY_RETIRED: "A signing key was retired at once",
    AuditKind.RESOURCE_CREDENTIAL_ISSUED: "The MCP server got a new credential",
    AuditKind.IMPERSONATION_BEGAN: "{app} began to act in the name of {person}",
    AuditKind.SERVER_ADDED: "The server {server} was added for {whom}",
    AuditKind.SERVER_CHANGED: "The server {server} was changed for {whom}",
    AuditKind.SERVER_REMOVED: "The server {server} was removed for {whom}",
    AuditKind.SERVER_ENABLED: "The server {server} was switched on for {whom}",
    AuditKind.SERVER_DISABLED: "The server {server} was switched off for {whom}",
    AuditKind.SERVER_SENDS_CHANGED: "What calls of the server {server} carry was changed for {whom}",
    AuditKind.SERVER_CLIENT_ENTERED: "A client for the server {server} was entered for {whom}",
    AuditKind.SERVER_TOOL_SHAPED: "How a tool of the server {server} is shown was changed for {whom}",
    AuditKind.SERVER_TOOLS_ACCEPTED: "Changed tools of the server {server} were accepted for {whom}",
    AuditKind.SERVER_CREDENTIAL_ENTERED: "A credential of {person} was entered for the server {server}",
    AuditKind.SERVER_CREDENTIAL_FORGOTTEN: "A credential of {person} for the server {server} was forgotten",
}


@dataclass(frozen=True)
class ToldEvent:
    """An event with its sentence; `by` names the administrator who did it to somebody else, or nobody."""

    event: AuditEvent
    sentence: str
    by: str


def told(session: Session, events: Iterable[AuditEvent]) -> list[ToldEvent]:
    """Each event as a person would say it, with names as they are now; who is gone is called by their id."""
    listed = list(events)
    people = _people(session, {one for event in listed for one in (event.user_id, event.by) if one})
    apps = _apps(session, {event.client_id for event in listed if event.client_id})
    return [_told(event, people, apps) for event in listed]


def kind_in_words(kind: str) -> str:
    """`grant_created` as `Grant created`."""
    return kind.replace("_", " ").capitalize()


def _told(event: AuditEvent, people: Mapping[str, str], apps: Mapping[str, str]) -> ToldEvent:
    named = defaultdict(lambda: "…", {name: str(value) for name, value in event.facts.items()})
    named["person"] = people.get(event.user_id, event.user_id) if event.user_id else "an unknown account"
    named["whom"] = named["person"] if event.user_id else "everybody"
    named["app"] = apps.get(event.client_id, event.client_id) if event.client_id else "an app"
    sentence = SENTENCES.get(event.kind, kind_in_words(event.kind)).format_map(named)
    by = people.get(event.by, event.by) if event.by else ""
    return ToldEvent(event, sentence, by)


def _people(session: Session, ids: set[str]) -> dict[str, str]:
    return dict(session.exec(select(User.id, User.email).where(col(User.id).in_(ids))).all())


def _apps(session: Session, ids: set[str]) -> dict[str, str]:
    found = session.exec(select(Client).where(col(Client.client_id).in_(ids)))
    return {client.client_id: display_name(client) for client in found}
