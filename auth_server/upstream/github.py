"""GitHub, which is no OpenID provider: its API says who a token is of, and which address they proved."""

from typing import Any

from auth_server.upstream.errors import UntrueAnswerError
from auth_server.upstream.identities import Identity
from auth_server.upstream.providers import ISSUERS, Provider, ProviderKind
from auth_server.upstream.wire import ProviderSession

SCOPE = "read:user user:email"


def github_identity(provider: Provider, session: ProviderSession) -> Identity:
    """By the number of the account: names there are given up and taken by others. Raises UpstreamError."""
    user = session.get_json(f"{_api(provider)}/user")
    number = user.get("id") if isinstance(user, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise UntrueAnswerError(f"{provider.id} does not say who signed in")
    name = user.get("name") or user.get("login") or ""
    email = _verified_email(session.get_json(f"{_api(provider)}/user/emails"))
    return Identity(provider.id, str(number), email, name if isinstance(name, str) else "")


def _api(provider: Provider) -> str:
    """github.com has a host for it, an Enterprise Server a path."""
    issuer = provider.effective_issuer
    return "https://api.github.com" if issuer == ISSUERS[ProviderKind.GITHUB] else f"{issuer}/api/v3"


def _verified_email(entries: Any) -> str:
    """The primary address, if it is verified."""
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("primary") is True and entry.get("verified") is True:
            email = entry.get("email")
            return email if isinstance(email, str) else ""
    return ""
