"""One sign-in with a provider: where it sends the browser, and what comes of the answer (RFC 6749 §4.1, RFC 7636)."""

from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.base_client import OAuthError

from auth_server.upstream.documents import ProviderDocuments
from auth_server.upstream.errors import UntrueAnswerError
from auth_server.upstream.github import SCOPE as GITHUB_SCOPE
from auth_server.upstream.github import github_identity
from auth_server.upstream.id_tokens import verified_claims
from auth_server.upstream.identities import Identity
from auth_server.upstream.providers import Provider, ProviderKind
from auth_server.upstream.wire import ProviderSession
from shared.secrets import derived_secret

OPENID_SCOPE = "openid profile email"


@dataclass(frozen=True)
class Conversation:
    """What belongs to one state: everything else is derived from it and stored nowhere (AS-32)."""

    provider: Provider
    redirect_uri: str
    state: str = field(repr=False)
    key: bytes = field(repr=False)

    @property
    def verifier(self) -> str:
        """RFC 7636 §4.1."""
        return derived_secret("uv", self.key, f"verifier {self.state}")

    @property
    def nonce(self) -> str:
        """OpenID Connect Core §3.1.2.1."""
        return derived_secret("un", self.key, f"nonce {self.state}")


def authorization_url(documents: ProviderDocuments, conversation: Conversation) -> str:
    """Where the browser goes. Raises UpstreamError."""
    endpoint = documents.endpoints(conversation.provider).authorization_endpoint
    is_openid = conversation.provider.kind is not ProviderKind.GITHUB
    extra = {"nonce": conversation.nonce} if is_openid else {}
    with _session(conversation, "none") as session:
        url, _ = session.create_authorization_url(
            endpoint, state=conversation.state, code_verifier=conversation.verifier, **extra
        )
    return str(url)


def redeem(documents: ProviderDocuments, conversation: Conversation, code: str, iss: str) -> Identity:
    """Who signed in there. `iss` is what the answer said of its sender, or empty. Raises UpstreamError."""
    provider = conversation.provider
    endpoints = documents.endpoints(provider)
    if (iss or endpoints.sends_iss) and iss != endpoints.issuer:
        # RFC 9207 §2.4: the answer of another server must not reach the token endpoint of this one.
        raise UntrueAnswerError(f"the answer is not of {provider.id}")
    with _session(conversation, endpoints.token_endpoint_auth_method) as session:
        token = _token(session, conversation, endpoints.token_endpoint, code)
        if provider.kind is ProviderKind.GITHUB:
            return github_identity(provider, session)
        claims = verified_claims(documents, provider, token.get("id_token"), conversation.nonce)
        told = claims if "email" in claims else claims | _userinfo(session, endpoints.userinfo_endpoint, claims["sub"])
    return _identity(provider, claims["sub"], told)


def _session(conversation: Conversation, auth_method: str) -> ProviderSession:
    scope = GITHUB_SCOPE if conversation.provider.kind is ProviderKind.GITHUB else OPENID_SCOPE
    return ProviderSession(
        conversation.provider,
        scope=scope,
        redirect_uri=conversation.redirect_uri,
        token_endpoint_auth_method=auth_method,
    )


def _token(session: ProviderSession, conversation: Conversation, endpoint: str, code: str) -> dict[str, Any]:
    """RFC 6749 §4.1.3. Raises UpstreamError."""
    try:
        token = session.fetch_token(
            endpoint,
            grant_type="authorization_code",
            code=code,
            code_verifier=conversation.verifier,
            headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
        )
    except OAuthError as cause:
        raise UntrueAnswerError(f"{conversation.provider.id} does not take the code") from cause
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as cause:
        raise UntrueAnswerError(f"{conversation.provider.id} answers with no token") from cause
    if not isinstance(token, dict) or not isinstance(token.get("access_token"), str):
        raise UntrueAnswerError(f"{conversation.provider.id} answers with no token")
    return dict(token)


def _userinfo(session: ProviderSession, endpoint: str, subject: str) -> dict[str, Any]:
    """OpenID Connect Core §5.3.2: what it says counts only if it is about the same person."""
    told = session.get_json(endpoint) if endpoint else None
    if not isinstance(told, dict) or told.get("sub") != subject:
        return {}
    return {name: told[name] for name in ("email", "email_verified", "name") if name in told}


def _identity(provider: Provider, subject: str, told: dict[str, Any]) -> Identity:
    email, name = told.get("email"), told.get("name")
    is_proven = told.get("email_verified") is True
    if provider.kind is ProviderKind.MICROSOFT:
        # An administrator of any tenant may write any address there; this claim says that its domain is the tenant's.
        is_proven = told.get("xms_edov") in (True, 1, "1", "true")
    return Identity(
        provider.id,
        subject,
        email if is_proven and isinstance(email, str) else "",
        name if isinstance(name, str) else "",
    )
