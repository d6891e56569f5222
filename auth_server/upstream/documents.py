"""OpenID Connect Discovery §4: what a provider says of itself, and its keys; kept for an hour in this process."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from auth_server.upstream.errors import UntrueAnswerError
from auth_server.upstream.providers import Provider, ProviderKind
from auth_server.upstream.wire import ProviderSession, check_address
from shared.clock import now

KEPT = timedelta(hours=1)
KEYS_AT_MOST_EVERY = timedelta(minutes=1)
TENANT = "{tenantid}"
"""What Microsoft's issuer has where the tenant of a person will stand."""


@dataclass(frozen=True)
class Endpoints:
    """Where a provider does what; `issuer` may hold the place of a tenant."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str = ""
    userinfo_endpoint: str = ""
    sends_iss: bool = False
    token_endpoint_auth_method: str = "client_secret_post"


@dataclass(frozen=True)
class _Kept:
    value: Any
    at: datetime


class ProviderDocuments:
    """Reads and keeps; one for each process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = Lock()

    def endpoints(self, provider: Provider) -> Endpoints:
        """Raises UpstreamError."""
        if provider.kind is ProviderKind.GITHUB:
            return _github(provider)
        found: Endpoints = self._read("endpoints", provider, KEPT, lambda: _discover(provider))
        return found

    def keys(self, provider: Provider, *, anew: bool = False) -> KeySet:
        """The provider's keys; `anew` when one of them is not known, at most once a minute. Raises UpstreamError."""
        jwks_uri = self.endpoints(provider).jwks_uri
        longest = KEYS_AT_MOST_EVERY if anew else KEPT
        found: KeySet = self._read("keys", provider, longest, lambda: _read_keys(provider, jwks_uri))
        return found

    def _read(self, what: str, provider: Provider, longest: timedelta, read: Any) -> Any:
        with self._lock:
            kept = self._kept.get((provider.id, what))
        if kept is not None and now() < kept.at + longest:
            return kept.value
        # Two may read at once: the answers are the same, and nobody waits for a provider while holding the lock.
        value = read()
        with self._lock:
            self._kept[provider.id, what] = _Kept(value, now())
        return value


def _github(provider: Provider) -> Endpoints:
    """It has no document of this kind."""
    below = f"{provider.effective_issuer}/login/oauth"
    return Endpoints(provider.effective_issuer, f"{below}/authorize", f"{below}/access_token")


def _discover(provider: Provider) -> Endpoints:
    """§4.3: the document is of the very issuer it was asked of; Microsoft's names every tenant's."""
    issuer = provider.effective_issuer
    with ProviderSession(provider) as session:
        document = session.get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if not isinstance(document, dict):
        raise UntrueAnswerError(f"{provider.id} has no discovery document")
    stated = str(document.get("issuer"))
    if stated != issuer and not (provider.kind is ProviderKind.MICROSOFT and _is_any_tenant(stated)):
        raise UntrueAnswerError(f"{provider.id} says it is another issuer than the configured one")
    required = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    named = {name: _text(document, name) for name in (*required, "userinfo_endpoint")}
    for name in required:
        check_address(provider, named[name])
    return Endpoints(
        issuer=stated,
        **named,
        token_endpoint_auth_method=_auth_method(document),
        sends_iss=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _auth_method(document: dict[str, Any]) -> str:
    """§3: without a list it is Basic."""
    listed = document.get("token_endpoint_auth_methods_supported")
    takes_form = isinstance(listed, list) and "client_secret_post" in listed
    return "client_secret_post" if takes_form else "client_secret_basic"


def _is_any_tenant(stated: object) -> bool:
    return stated == f"https://login.microsoftonline.com/{TENANT}/v2.0"


def _read_keys(provider: Provider, jwks_uri: str) -> KeySet:
    with ProviderSession(provider) as session:
        document = session.get_json(jwks_uri)
    try:
        return KeySet.import_key_set(document)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as cause:
        raise UntrueAnswerError(f"{provider.id} publishes no usable keys") from cause
