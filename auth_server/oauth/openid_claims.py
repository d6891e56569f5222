"""OpenID Connect Core §5.1, §5.4: what is told of a person, by the scopes they allowed."""

from auth_server.models import User
from shared.scopes import Scope

CLAIMS = ("sub", "name", "email", "email_verified")
"""Everything that may be told, for the metadata."""


def claims_about(user: User, scopes: tuple[Scope, ...]) -> dict[str, str | bool]:
    """Without `openid` nothing; a name that was never given is left out."""
    if Scope.OPENID not in scopes:
        return {}
    claims: dict[str, str | bool] = {"sub": user.id}
    if Scope.PROFILE in scopes and user.name:
        claims["name"] = user.name
    if Scope.EMAIL in scopes:
        claims |= {"email": user.email, "email_verified": user.email_verified_at is not None}
    return claims
