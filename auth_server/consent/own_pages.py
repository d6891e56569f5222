"""Going on to the resource server's pages: no choice, but a page whose button is pressed all the same (AS-15)."""

from auth_server.consent.choice import Approval
from auth_server.models import User
from auth_server.oauth.authorization_request import AuthorizationRequest
from shared.scopes import Scope

LIFETIME = 30 * 24 * 60 * 60
"""Seconds after which a person is asked to go on once more, however often they look in."""

OF_ADMINISTRATORS = frozenset({Scope.GATEWAY_MANAGE})


def pages_approval(user: User, request: AuthorizationRequest, longest: int) -> Approval:
    """What the pages ask for, as far as the person has it to give when they press the button (AS-65)."""
    given = tuple(scope for scope in request.scopes if user.is_admin or scope not in OF_ADMINISTRATORS)
    return Approval(given, (), min(LIFETIME, longest))


def pages_context(user: User) -> dict[str, object]:
    """What the page says."""
    return {"app": "your servers", "may_manage": user.is_admin}
