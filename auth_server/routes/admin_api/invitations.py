"""Invitations: links with which somebody makes an account, once."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Response
from pydantic import Field

from auth_server.administrators import ApiAdmin
from auth_server.dependencies import ServicesDep, SessionDep
from auth_server.membership.invitations import LIFETIME, invite, open_invitations, revoke_invitation
from auth_server.models import User
from auth_server.people import InvalidPersonError
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.wire import Listed, Text, WireModel, not_found, unusable

router = api_router("invitations")


class WireInvitation(WireModel):
    """An invitation that can still be accepted; without an `email` it is for whoever has its link."""

    id: str
    email: str
    is_admin: bool
    invited_by: str | None
    created_at: datetime
    expires_at: datetime


class WireNewInvitation(WireInvitation):
    """One that was just made, and its link, which nobody sees again."""

    link: str


class WireInvitationDraft(WireModel):
    """Whom to invite."""

    email: Text = ""
    is_admin: bool = False
    lifetime_days: Annotated[int, Field(ge=1, le=90)] = LIFETIME.days


@router.get("/invitations")
def list_invitations(session: SessionDep) -> Listed[WireInvitation]:
    """All that are open, newest first."""
    return Listed(items=[WireInvitation.model_validate(one) for one in open_invitations(session)], next=None)


@router.post("/invitations", status_code=201)
def create_invitation(
    body: WireInvitationDraft, session: SessionDep, services: ServicesDep, admin: ApiAdmin
) -> WireNewInvitation:
    """A link, shown this once; an earlier one for the same address ends."""
    by = admin.subject if session.get(User, admin.subject) is not None else None
    lifetime = timedelta(days=body.lifetime_days)
    try:
        made = invite(session, services.settings, body.email, is_admin=body.is_admin, by=by, lifetime=lifetime)
    except InvalidPersonError as wrong:
        raise unusable(f"{wrong.field}: {wrong}") from wrong
    shown = WireInvitation.model_validate(made.invitation)
    return WireNewInvitation(**shown.model_dump(), link=made.link)


@router.delete("/invitations/{invitation_id}", status_code=204, response_class=Response)
def delete_invitation(invitation_id: str, session: SessionDep, admin: ApiAdmin) -> None:
    """Its link is good for nothing any more."""
    if not revoke_invitation(session, invitation_id, by=admin.subject):
        raise not_found("invitation")
