"""OAuth Client ID Metadata Document (CIMD): a client whose id is the address of a document that describes it."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from authlib.oauth2.rfc7591 import InvalidClientMetadataError, InvalidRedirectURIError

from auth_server.oauth.client_keys import PRIVATE_MEMBERS, kept_keys
from auth_server.oauth.client_metadata import ClientMetadata, read_metadata, web_url
from auth_server.oauth.redirect_uris import is_unambiguous_host
from auth_server.settings import Settings

MAX_ID_LENGTH = 2000
MAX_DOCUMENT_BYTES = 5 * 1024
PREFIX = "https://"
"""What sets these ids apart: no id that is made here begins like this (§6.9)."""

METHODS = ("none", "private_key_jwt")
"""How these clients may authenticate; there is nobody to share a secret with (§4.1)."""

_SHARED_SECRETS = ("client_secret", "client_secret_expires_at")
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


class InvalidDocumentIdError(ValueError):
    """The client id begins like the address of a document and cannot be one; the text is a sentence for people."""


class InvalidDocumentError(ValueError):
    """The document cannot describe this client; the text is a sentence that names what is wrong in it."""


@dataclass(frozen=True)
class ClientDocument:
    """A document that was read and checked. Keys are there for private_key_jwt alone: one of the two members."""

    metadata: ClientMetadata
    jwks: dict[str, Any] | None
    jwks_uri: str | None


def is_document_id(client_id: str) -> bool:
    """Whether the id claims to be the address of a document."""
    return client_id.startswith(PREFIX)


def check_document_id(client_id: str) -> None:
    """§3: https, a host, a path, and nothing that two programs could read in two ways. Raises InvalidDocumentIdError.

    A query is allowed, though discouraged. The id is never normalised: clients are told apart by the raw string.
    """
    if len(client_id) > MAX_ID_LENGTH:
        raise InvalidDocumentIdError("The app's identifier is longer than 2000 characters.")
    if "#" in client_id:
        raise InvalidDocumentIdError("The app's identifier has a fragment.")
    if not _CHARACTERS.fullmatch(client_id) or _has_hidden_control(client_id):
        raise InvalidDocumentIdError("The app's identifier has characters that do not belong into an address.")
    try:
        parts = urlsplit(client_id)
        _ = parts.port  # a port that is no number shows only when asked for
    except ValueError:
        raise InvalidDocumentIdError("The app's identifier is not a well-formed address.") from None
    if "@" in parts.netloc or not is_unambiguous_host(parts.hostname or ""):
        raise InvalidDocumentIdError("The app's identifier does not name a host, or a user beside it.")
    if parts.path in ("", "/"):
        raise InvalidDocumentIdError("The app's identifier names a host and no document on it.")
    if any(unquote(segment) in (".", "..") for segment in parts.path.split("/")):
        raise InvalidDocumentIdError("The app's identifier has dot segments.")


def read_document(client_id: str, body: bytes, settings: Settings) -> ClientDocument:
    """§4.1: a JSON object about exactly this client; unknown members are ignored. Raises InvalidDocumentError."""
    document = _json_object(body)
    if document.get("client_id") != client_id:
        raise InvalidDocumentError("Its client_id is not the address it was read at.")
    if any(name in document for name in _SHARED_SECRETS):
        raise InvalidDocumentError("It contains a client_secret, which everybody could read.")
    method = _auth_method(document)
    try:
        # Which methods a registration may name is another list.
        # Where people go after signing out is no reason to refuse a document, so nothing of it is read.
        unread = {"token_endpoint_auth_method": "none", "post_logout_redirect_uris": None}
        metadata = read_metadata(document | unread, settings)
    except (InvalidClientMetadataError, InvalidRedirectURIError) as refused:
        raise InvalidDocumentError(refused.description) from refused
    if not metadata.client_name:
        raise InvalidDocumentError("Its client_name is missing.")
    jwks, jwks_uri = _keys(document) if method == "private_key_jwt" else (None, None)
    return ClientDocument(_with_method(metadata, method), jwks, jwks_uri)


def _json_object(body: bytes) -> dict[str, Any]:
    """RFC 8259 §4: of a name that comes twice every reader may believe another value, so it comes once."""
    try:
        document = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except InvalidDocumentError:
        raise
    except (ValueError, RecursionError):
        raise InvalidDocumentError("It is not JSON.") from None
    if not isinstance(document, dict):
        raise InvalidDocumentError("It is JSON, but not an object.")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidDocumentError("A member comes twice in it.")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _auth_method(document: dict[str, Any]) -> str:
    """§4.1: the one the document names, else the first usable one it lists; a document without any is public.

    RFC 7591's own default is a shared secret, which these clients must not have.
    """
    named = document.get("token_endpoint_auth_method")
    if isinstance(named, str) and named.startswith("client_secret"):
        raise InvalidDocumentError("Its token_endpoint_auth_method needs a shared secret, and there can be none.")
    listed = document.get("token_endpoint_auth_methods_supported")
    offered = ([] if named is None else [named]) + (listed if isinstance(listed, list) else [])
    usable = [method for method in offered if method in METHODS]
    if offered and not usable:
        raise InvalidDocumentError("Its token_endpoint_auth_method is neither none nor private_key_jwt.")
    return str(usable[0]) if usable else "none"


def _keys(document: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    """RFC 7591 §2: the public keys themselves, or where they are, never both."""
    jwks, jwks_uri = document.get("jwks"), document.get("jwks_uri")
    if (jwks is None) == (jwks_uri is None):
        raise InvalidDocumentError("For private_key_jwt it needs jwks or jwks_uri, one of them.")
    if jwks is not None:
        return _public_keys(jwks), None
    if not isinstance(jwks_uri, str) or web_url(jwks_uri) is None:
        raise InvalidDocumentError("Its jwks_uri is not an https address.")
    return None, jwks_uri


def _public_keys(jwks: object) -> dict[str, Any]:
    """RFC 7517 §5."""
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise InvalidDocumentError("Its jwks is not a set of keys.")
    if any(PRIVATE_MEMBERS & key.keys() for key in keys):
        raise InvalidDocumentError("Its jwks contains a private key, which everybody could read.")
    return kept_keys(keys)


def _with_method(metadata: ClientMetadata, method: str) -> ClientMetadata:
    return ClientMetadata(**(vars(metadata) | {"token_endpoint_auth_method": method}))


def _has_hidden_control(url: str) -> bool:
    return any(ord(character) < 0x20 or ord(character) in (0x7F, 0x5C) for character in unquote(url))
