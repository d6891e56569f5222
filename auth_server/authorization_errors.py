"""Where an error of the authorization endpoint is told: on a page, or to a client the person knows (AS-12)."""

from fastapi import Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from auth_server.client_identity import redirect_place, redirect_target
from auth_server.error_pages import PageProblem
from auth_server.grants import live_grants
from auth_server.oauth.errors import PageError, RedirectableError
from auth_server.oauth.issuer import authorization_response_uri
from auth_server.page_services import PageServices
from shared.refusals import Reason, Step, note_refusal


def may_hear_directly(session: Session, user_id: str, error: RedirectableError) -> bool:
    """Whether the client is connected now, and the person was sent to this very place when they approved it.

    Otherwise it would redirect people wherever it likes, with a link to our own address, once it was approved.
    """
    place = redirect_place(error.redirect_uri)
    held = [grant for grant in live_grants(session, user_id) if grant.client_id == error.client_id]
    return any(redirect_place(grant.redirect_uri) == place for grant in held)


def error_location(services: PageServices, error: RedirectableError) -> str:
    """The client's redirect URI with the error, its state and our issuer."""
    return authorization_response_uri(
        error.redirect_uri,
        services.settings.issuer,
        error.state,
        error=error.code,
        error_description=error.description,
    )


def answer_redirectable(services: PageServices, session: Session, user_id: str, error: RedirectableError) -> Response:
    """303 to a client this person has connected. Raises PageProblem, with the host and a link, for any other."""
    location = error_location(services, error)
    if may_hear_directly(session, user_id, error):
        note_refusal(Step.AUTHORIZATION, error.reason, client_id=error.client_id)
        return RedirectResponse(location, 303)
    shown = redirect_target(error.redirect_uri).shown
    raise PageProblem(
        "This app asked for something that does not work",
        error.description,
        f"It is not connected with this address, so you were not sent back by yourself. It lives at {shown}.",
        step=Step.AUTHORIZATION,
        reason=error.reason,
        client_id=error.client_id,
        link=location,
        link_label=f"Go back to {shown}",
    )


def page_problem(error: PageError) -> PageProblem:
    """The page for a request whose sender or return address cannot be trusted; it leads nowhere but here."""
    return PageProblem(
        "This app cannot be connected",
        error.description,
        error.next_step or "Go back to the app and connect it again; if that does not help, remove it and add it anew.",
        step=Step.AUTHORIZATION,
        reason=error.reason,
        client_id=error.client_id,
    )


def asked_silently(client_id: str) -> PageProblem:
    """The page for `prompt=none` by a client that no administrator marked as trusted (AS-17)."""
    return PageProblem(
        "This app asked to be connected without asking you",
        "Only apps that an administrator trusts may do that.",
        "Go back to the app and connect it again, without prompt=none. You can close this page.",
        step=Step.AUTHORIZATION,
        reason=Reason.SILENCE_NOT_TRUSTED,
        client_id=client_id,
    )
