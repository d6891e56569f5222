"""RFC 7591 §2: what a client says about itself, narrowed to what this server offers."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc7591 import InvalidClientMetadataError, InvalidRedirectURIError

from auth_server.oauth.client_authentication import REGISTRABLE_METHODS
from auth_server.oauth.redirect_uris import (
    MAX_URIS,
    UnregistrableRedirectURIError,
    check_registrable,
    is_loopback,
    is_private_use,
)
from auth_server.oauth.user_codes import GRANT_TYPE as DEVICE_CODE
from auth_server.settings import Settings
from shared.scopes import REGISTRABLE_SCOPES, RESOURCE_SCOPES, Scope, format_scope, parse_scope

DEFAULT_GRANTS = ("authorization_code", "refresh_token")
OFFERED_GRANTS = (*DEFAULT_GRANTS, DEVICE_CODE)
DEFAULT_METHOD = "client_secret_basic"
MAX_NAME_LENGTH = 100
MAX_URL_LENGTH = 2000
_MARKUP_CONTROLS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True)
class ClientMetadata:
    """Checked and narrowed metadata; what was left out of the request has its default."""

    redirect_uris: list[str]
    token_endpoint_auth_method: str
    grant_types: list[str]
    scope: str
    client_name: str
    client_uri: str | None
    logo_uri: str | None
    application_type: str
    post_logout_redirect_uris: list[str]


def read_metadata(document: object, settings: Settings) -> ClientMetadata:
    """Unknown members are ignored. Raises InvalidRedirectURIError or InvalidClientMetadataError."""
    if not isinstance(document, dict):
        raise InvalidClientMetadataError("The client metadata must be a JSON object.")
    grant_types = _grant_types(document)
    redirect_uris = _redirect_uris(document.get("redirect_uris"), grant_types, settings)
    return ClientMetadata(
        redirect_uris=redirect_uris,
        token_endpoint_auth_method=_auth_method(document.get("token_endpoint_auth_method")),
        grant_types=grant_types,
        scope=_scope(_text(document, "scope")),
        client_name=shown_name(_text(document, "client_name") or ""),
        client_uri=web_url(_text(document, "client_uri")),
        logo_uri=web_url(_text(document, "logo_uri")),
        application_type=_application_type(document.get("application_type"), redirect_uris),
        post_logout_redirect_uris=_post_logout_redirect_uris(document.get("post_logout_redirect_uris"), settings),
    )


def shown_name(name: str) -> str:
    """At most 100 characters, without controls and without marks that turn or hide text."""
    visible = "".join(c for c in _MARKUP_CONTROLS.sub("", name) if unicodedata.category(c)[0] != "C" or c == " ")
    return " ".join(visible.split())[:MAX_NAME_LENGTH]


def web_url(url: str | None) -> str | None:
    """Shown as a link, never fetched here; anything but https is left out."""
    if url is None or len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme == "https" and parts.hostname and "@" not in parts.netloc else None


def _redirect_uris(value: object, grant_types: list[str], settings: Settings) -> list[str]:
    """§5: every code goes to one of these, so there is at least one and each is safe; a mere device has none."""
    if not value and "authorization_code" not in grant_types:
        return []
    if not isinstance(value, list) or not 0 < len(value) <= MAX_URIS:
        raise InvalidRedirectURIError("The client metadata needs 1 to 10 redirect_uris.")
    return _registrable(value, settings)


def _post_logout_redirect_uris(value: object, settings: Settings) -> list[str]:
    """OpenID Connect RP-Initiated Logout §3.1: none by default, and as safe as those that codes go to."""
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MAX_URIS:
        raise InvalidRedirectURIError("The post_logout_redirect_uris are a list of at most 10.")
    return _registrable(value, settings)


def _registrable(uris: list[object], settings: Settings) -> list[str]:
    try:
        return [check_registrable(uri, private_use_schemes=settings.private_use_schemes) for uri in uris]
    except UnregistrableRedirectURIError as refused:
        raise InvalidRedirectURIError(str(refused)) from None


def _auth_method(value: object) -> str:
    if value is None:
        return DEFAULT_METHOD
    if value not in REGISTRABLE_METHODS:
        raise InvalidClientMetadataError("The token_endpoint_auth_method is not one that is offered.")
    return str(value)


def _grant_types(document: dict[str, Any]) -> list[str]:
    """§2: narrowed to what is offered; a client that asked for nothing of it could never do anything."""
    requested = _texts(document, "grant_types", list(DEFAULT_GRANTS))
    takes_codes = "code" in _texts(document, "response_types", ["code"]) and "authorization_code" in requested
    if not takes_codes and DEVICE_CODE not in requested:
        raise InvalidClientMetadataError(
            "The flows here are authorization_code with response type code, and device_code."
        )
    useless = set() if takes_codes else {"authorization_code"}
    return [grant for grant in OFFERED_GRANTS if grant in requested and grant not in useless]


def _scope(requested: str | None) -> str:
    """The part that a client may register for; one that names no scope of the resource may ask for all of that.

    RFC 7591 §3.2.1: whoever registers for what the first challenge named may still ask for other servers' tools, when
    a later challenge names them. It is the person who gives them, and nothing of them is given unasked.
    """
    known = [scope for scope in parse_scope(requested) if scope in REGISTRABLE_SCOPES]
    is_narrowed = set(known) & set(RESOURCE_SCOPES)
    return format_scope((*known, Scope.GATEWAY_CALL) if is_narrowed else REGISTRABLE_SCOPES)


def _application_type(value: object, redirect_uris: list[str]) -> str:
    """OIDC Registration §2; a wrong guess costs nothing, for the consent page warns by the redirect URI alone."""
    if value is None:
        return "native" if any(is_loopback(uri) or is_private_use(uri) for uri in redirect_uris) else "web"
    if value not in ("web", "native"):
        raise InvalidClientMetadataError("The application_type must be web or native.")
    return str(value)


def _text(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidClientMetadataError(f"The member {name} must be a string.")
    return value


def _texts(document: dict[str, Any], name: str, default: list[str]) -> list[str]:
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise InvalidClientMetadataError(f"The member {name} must be a list of strings.")
    return value
