"""The grant that a person's choice on the consent page makes, for apps and devices alike."""

from sqlmodel import Session

from auth_server.client_snapshots import snapshot_for_grant
from auth_server.consent.choice import approve, read_choice
from auth_server.grants import create_grant
from auth_server.models import Grant
from auth_server.oauth.authorization_request import AuthorizationRequest
from auth_server.web.forms import Form


def grant_chosen(session: Session, user_id: str, request: AuthorizationRequest, form: Form, longest: int) -> Grant:
    """What was chosen, within the request, for at most `longest` seconds. Raises UnusableChoiceError."""
    approval = approve(request, read_choice(form), longest)
    return create_grant(
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
