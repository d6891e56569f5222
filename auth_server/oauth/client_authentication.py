"""OAuth 2.1 §2.4: how a client proves at every endpoint who it is: none, client_secret_basic, client_secret_post."""

from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from sqlmodel import Session

from auth_server.clients import find_client
from auth_server.models import Client
from auth_server.oauth.requests import WireRequest
from shared.secrets import matches

METHODS = ("none", "client_secret_basic", "client_secret_post")


class UnknownClientError(InvalidClientError):
    """§3.2.4: unknown client or bad credential: always 401, so that clients register again."""

    status_code = 401

    def __init__(self, *, tried_basic: bool) -> None:
        super().__init__("The client is unknown or its credential is wrong.")
        self.tried_basic = tried_basic

    def get_headers(self) -> list[tuple[str, str]]:
        """A challenge only for whoever tried Basic."""
        return [("WWW-Authenticate", 'Basic realm="ostiary"')] if self.tried_basic else []


@dataclass(frozen=True)
class Credential:
    """What the request says about its sender."""

    client_id: str | None
    secret: str | None
    is_basic: bool


def authenticate_client(session: Session, request: WireRequest) -> Client:
    """The client that sent the request. Raises InvalidRequestError or UnknownClientError.

    A secret is taken from the header and from the form alike: it is one credential, and known clients use the form
    whatever they registered. Nothing makes a client that has a secret pass without it.
    """
    credential = _credential(request)
    if credential.client_id is None:
        raise InvalidRequestError("The request does not say which client sent it.")
    client = find_client(session, credential.client_id)
    if client is None or not _holds(client, credential) or "client_assertion" in request.parameters.data:
        raise UnknownClientError(tried_basic=credential.is_basic)
    return client


def _holds(client: Client, credential: Credential) -> bool:
    if client.token_endpoint_auth_method == "none":
        return credential.secret is None
    if client.secret_digest is None or credential.secret is None:
        return False
    return matches(credential.secret, client.secret_digest)


def _credential(request: WireRequest) -> Credential:
    in_form = Credential(request.parameters.get("client_id"), request.parameters.get("client_secret"), is_basic=False)
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return in_form
    if in_form.secret is not None:
        raise InvalidRequestError("The client authenticated in two ways.")
    in_header = _basic(encoded)
    if in_form.client_id not in (None, in_header.client_id):
        raise InvalidRequestError("The request names two clients.")
    return in_header


def _basic(encoded: str) -> Credential:
    """RFC 6749 §2.3.1: both halves are form-encoded before they are joined, so `+` is a space."""
    try:
        name, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise UnknownClientError(tried_basic=True) from None
    if not colon:
        raise UnknownClientError(tried_basic=True)
    return Credential(unquote_plus(name), unquote_plus(secret) or None, is_basic=True)
