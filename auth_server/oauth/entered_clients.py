"""RFC 7591 §2: a client that an administrator enters by hand, under the rules of registration."""

from dataclasses import asdict, dataclass

from authlib.oauth2.rfc7591 import InvalidClientMetadataError, InvalidRedirectURIError
from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import Client, ClientOrigin
from auth_server.oauth.client_metadata import ClientMetadata, read_metadata
from auth_server.oauth.registration import issue_secret
from auth_server.settings import Settings
from auth_server.trust.known_apps import ClientDraft


class UnusableDraftError(ValueError):
    """What was entered makes no client; the text is a sentence for the administrator."""


@dataclass(frozen=True)
class EnteredClient:
    """A client that was just made, and its secret, which nobody sees again; None for a public client."""

    client: Client
    secret: str | None


def enter_client(session: Session, settings: Settings, draft: ClientDraft, *, by: str | None = None) -> EnteredClient:
    """The client of this draft; `by` is the administrator's user id, None for a command. Raises UnusableDraftError."""
    metadata = _checked(draft, settings)
    client = Client(**asdict(metadata), origin=ClientOrigin.ADMINISTRATOR)
    secret = issue_secret(client, metadata)
    session.add(client)
    session.flush()
    record(session, AuditKind.CLIENT_CREATED, client_id=client.client_id, by=by)
    return EnteredClient(client, secret)


def _checked(draft: ClientDraft, settings: Settings) -> ClientMetadata:
    document = {
        "client_name": draft.name,
        "redirect_uris": list(draft.redirect_uris),
        "token_endpoint_auth_method": str(draft.method),
    }
    try:
        metadata = read_metadata(document, settings)
    except (InvalidClientMetadataError, InvalidRedirectURIError) as refused:
        raise UnusableDraftError(refused.description) from refused
    if not metadata.client_name:
        raise UnusableDraftError("An app that is entered by hand needs a name.")
    return metadata
