"""The grant that a person's choice on the consent page makes, for apps and devices alike."""

from sqlmodel import Session

from auth_server.client_snapshots import snapshot_for_grant
from auth_server.consent.choice import Approval, approve, read_choice
from auth_server.consent.own_pages import pages_approval
from auth_server.consent.signed_requests import ConsentRequest
from auth_server.grants import create_grant
from auth_server.models import Grant, User
from auth_server.oauth.authorization_request import AuthorizationRequest
from auth_server.own_pages import is_own_pages
from shared.forms import Form


def grant_chosen(
    session: Session, user_id: str, request: AuthorizationRequest, asked: ConsentRequest, form: Form, longest: int
) -> Grant:
    """What was chosen, within the request, for at most `longest` seconds. Raises UnusableChoiceError.

    Who presses the button decides about what the page showed: a server that took a name since then is not meant.
    """
    approval = approval_of(session.get_one(User, user_id), request, form, longest)
    grant = create_grant(
        session,
        user_id=user_id,
        client_id=request.client.client_id,
        resource=request.resource,
        redirect_uri=request.redirect_uri,
        scopes=approval.scopes,
        details=approval.details,
        lifetime=approval.lifetime,
        client_snapshot=snapshot_for_grant(request.client),
        names_servers=bool(request.servers),
    )
    grant.decided_at = asked.shown_at
    return grant


def approval_of(user: User, request: AuthorizationRequest, form: Form, longest: int) -> Approval:
    """What a press of the button allows. Raises UnusableChoiceError."""
    if is_own_pages(request.client):
        return pages_approval(user, request, longest)
    return approve(request, read_choice(form), longest)
