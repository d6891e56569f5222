"""OAuth 2.1 §2.4: how a client proves at every endpoint who it is: nothing, a secret, or an assertion it signed."""

from base64 import b64decode
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Error
from sqlmodel import Session

from auth_server.clients import find_client
from auth_server.models import Client, Grant
from auth_server.oauth.client_assertion import (
    ASSERTION_TYPE,
    METHOD,
    RefusedAssertionError,
    claimed_by,
    spend_assertion,
)
from auth_server.oauth.errors import TwoCredentialsError
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.required_proof import RequiredProof, published_keys, required_proof
from auth_server.settings import Settings
from shared.refusals import Reason
from shared.secrets import matches

REGISTRABLE_METHODS = ("none", "client_secret_basic", "client_secret_post")
"""What a client may register for; keys are for clients whose document says whose they are."""
METHODS = (*REGISTRABLE_METHODS, METHOD)
TWO_WAYS = "The client authenticated in two ways: send its secret in the header, in the form, or an assertion."
WRONG = "The client is unknown here or its credential is wrong: register again, or check client_id and client_secret."


class UnknownClientError(InvalidClientError):
    """§3.2.4: unknown client or bad credential: always 401, so that clients register again."""

    status_code = 401

    def __init__(self, reason: Reason, description: str = "", *, tried_basic: bool = False) -> None:
        super().__init__(description or WRONG)
        self.reason = reason
        self.tried_basic = tried_basic

    def get_headers(self) -> list[tuple[str, str]]:
        """A challenge only for whoever tried Basic."""
        return [("WWW-Authenticate", 'Basic realm="ostiary"')] if self.tried_basic else []


@dataclass(frozen=True)
class Credential:
    """What the request says about its sender."""

    client_id: str | None
    secret: str | None = field(repr=False)
    assertion: str | None = field(default=None, repr=False)
    is_basic: bool = False


def authenticate_client(
    session: Session, settings: Settings, request: WireRequest, grant: Grant | None = None
) -> Client:
    """The client that sent the request, about `grant` if there is one. Raises InvalidRequestError, UnknownClientError.

    A secret is taken from the header and from the form alike: it is one credential, and known clients use the form
    whatever they registered. Nothing makes a client that has a secret or a key pass without it.
    """
    credential = credential_of(request)
    if credential.client_id is None:
        raise InvalidRequestError("The request does not say which client sent it: client_id is missing.")
    client = find_client(session, credential.client_id)
    is_signed = credential.assertion is not None
    proof = required_proof(client, grant, is_signed=is_signed) if client is not None else None
    if client is None or proof is None:
        raise UnknownClientError(Reason.CLIENT_UNKNOWN, tried_basic=credential.is_basic)
    if proof.method == METHOD and credential.assertion is not None:
        _check_assertion(session, settings, request, client, proof, credential.assertion)
    elif credential.assertion is not None or not _holds(proof, credential):
        raise UnknownClientError(Reason.CREDENTIAL_WRONG, tried_basic=credential.is_basic)
    return client


def _check_assertion(
    session: Session, settings: Settings, request: WireRequest, client: Client, proof: RequiredProof, assertion: str
) -> None:
    """RFC 7523 §2.2; the answer says what was wrong with it."""
    try:
        if request.parameters.get("client_assertion_type") != ASSERTION_TYPE:
            raise RefusedAssertionError(f"Its client_assertion_type must be {ASSERTION_TYPE}.")
        keys = published_keys(session, proof)
        spend_assertion(session, assertion, client_id=client.client_id, issuer=settings.issuer, keys=keys)
    except RefusedAssertionError as refused:
        description = f"The client assertion is not valid. {refused}"
        raise UnknownClientError(Reason.ASSERTION_REFUSED, description) from refused


def _holds(proof: RequiredProof, credential: Credential) -> bool:
    if proof.method == "none":
        return credential.secret is None
    secret = credential.secret
    return secret is not None and any(matches(secret, kept) for kept in proof.secret_digests)


def credential_of(request: WireRequest) -> Credential:
    """Everything the request says, of which nothing is proven. Raises InvalidRequestError, UnknownClientError."""
    in_form = _form_credential(request)
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return in_form
    if in_form.secret is not None or in_form.assertion is not None:
        raise TwoCredentialsError(TWO_WAYS)
    in_header = _basic(encoded)
    if in_form.client_id not in (None, in_header.client_id):
        raise TwoCredentialsError("The request names two clients: send one client_id.")
    return in_header


def claimed_client_id(request: WireRequest) -> str | None:
    """Who the sender says it is, for the log of a refusal."""
    try:
        return credential_of(request).client_id
    except OAuth2Error:
        return None


def _form_credential(request: WireRequest) -> Credential:
    """RFC 7521 §4.2: beside an assertion, whose subject is the client, the client_id may be left out."""
    parameters = request.parameters
    client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
    assertion = parameters.get("client_assertion")
    if assertion is None:
        return Credential(client_id, secret)
    if secret is not None:
        raise TwoCredentialsError(TWO_WAYS)
    return Credential(client_id or claimed_by(assertion).subject, None, assertion)


def _basic(encoded: str) -> Credential:
    """RFC 6749 §2.3.1: both halves are form-encoded before they are joined, so `+` is a space."""
    try:
        name, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise UnknownClientError(Reason.CREDENTIAL_WRONG, tried_basic=True) from None
    if not colon:
        raise UnknownClientError(Reason.CREDENTIAL_WRONG, tried_basic=True)
    return Credential(unquote_plus(name), unquote_plus(secret) or None, is_basic=True)
