"""Where an error of the authorization endpoint is told: on a page, or to a client the person knows (AS-12)."""

from urllib.parse import urlsplit

from fastapi import Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from auth_server.client_identity import display_name, redirect_place, redirect_target
from auth_server.grants import live_grants
from auth_server.models import Client
from auth_server.oauth.errors import PageError, RedirectableError
from auth_server.oauth.issuer import authorization_response_uri
from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import PageServices
from shared.refusals import Reason, Step, note_refusal

SAID_OF_HOSTS = {
    Reason.DOCUMENT_WITHDRAWN: "{host} does not vouch for this app any more.",
    Reason.REDIRECT_URI_NOT_IN_DOCUMENT: "The app wants to send you to an address that {host} does not list.",
}
"""What a person is told of an app that a host vouches for, whose id is an address of that host."""

SAID_OF_PEOPLE = {
    Reason.NOT_ADMINISTRATOR: (
        "{app} asks for an administrator",
        "It wants to administer this Ostiary, and your account has no rights of an administrator.",
    ),
    Reason.PERSON_NEEDED: (
        "{app} expects somebody else",
        "It asked for another person than you. Sign out here if that is another account of yours, and start again.",
    ),
}
"""What the person is told where the request is right and they are not the one for it: heading and cause."""


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
    app, shown = display_name(session.get_one(Client, error.client_id)), redirect_target(error.redirect_uri).shown
    heading, said = _told(services, app, error)
    raise PageProblem(
        heading,
        said,
        f"You have not connected it at {shown} before, so we did not send you on.",
        step=Step.AUTHORIZATION,
        reason=error.reason,
        client_id=error.client_id,
        link=location,
        link_label=f"Go back to {shown}",
        technical=error.description,
    )


def _told(services: PageServices, app: str, error: RedirectableError) -> tuple[str, str]:
    """What happened, and what the person can do about it: nothing, unless the app was given another address."""
    if error.reason is Reason.RESOURCE_UNKNOWN:
        remedy = f"In the app, the address of this server has to be {services.settings.mcp_url}. Change it there."
        return f"{app} asked for another server", remedy
    if error.reason in SAID_OF_PEOPLE:
        heading, said = SAID_OF_PEOPLE[error.reason]
        return heading.format(app=app), said
    helpless = "There is nothing you can do about it here."
    return (
        f"{app} made a mistake in its request",
        f"{helpless} It has to ask in another way, and its makers can mend that.",
    )


def page_problem(error: PageError) -> PageProblem:
    """The page for a request whose sender or return address cannot be trusted; it leads nowhere but here."""
    said = SAID_OF_HOSTS.get(error.reason)
    host = urlsplit(error.client_id or "").netloc if said else ""
    return PageProblem(
        f"{host or 'This app'} cannot be connected",
        said.format(host=host) if said else error.description,
        error.next_step or "Go back to the app and connect it again; if that does not help, remove it and add it anew.",
        step=Step.AUTHORIZATION,
        reason=error.reason,
        client_id=error.client_id,
        technical=error.description if said else "",
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
