"""Draws the consent page: gathers what the person holds, asks for their namespaces, signs the request object."""

from dataclasses import dataclass

from fastapi import Response

from auth_server.browser import SignedInBrowser
from auth_server.catalog import catalog_token, offered_namespaces
from auth_server.consent_page import consent_context
from auth_server.consents import Choice, prefilled
from auth_server.grants import live_grants
from auth_server.models import Client
from auth_server.oauth.authorization_request import AuthorizationRequest
from auth_server.page_services import PageServices
from auth_server.presence import asks_password
from shared.clock import now
from shared.database import unit_of_work


@dataclass(frozen=True)
class ConsentForm:
    """The form to show: fresh, or again with what the person chose and the sentence that says what to mend."""

    query: str
    choice: Choice | None = None
    problem: str = ""
    problem_field: str = ""
    proof: str = ""


def show_consent(
    services: PageServices, browser: SignedInBrowser, wanted: AuthorizationRequest, form: ConsentForm, status: int = 200
) -> Response:
    """The page; no transaction is open while the resource server is asked."""
    longest = services.settings.refresh_absolute
    with unit_of_work(services.engine, read_only=True) as session:
        grants = live_grants(session, browser.user.id)
        token = catalog_token(session, services.core, browser.user.id)
        password_needed = asks_password(session, services, form.proof)
    in_use = services.catalog.namespaces_in_use(token, browser.user.id)
    held = [grant for grant in grants if grant.client_id == wanted.client.client_id]
    choice = form.choice or prefilled(wanted, held, longest)
    _note_shown(services, wanted.client)
    return services.pages.render(
        "consent/consent.html",
        status,
        **consent_context(wanted, choice, offered_namespaces(in_use, grants), longest),
        email=browser.user.email,
        csrf_token=services.token_for(browser.secret),
        signed_request=services.consent_requests.sign(form.query, wanted, browser, form.proof),
        here=f"{services.paths.to('/authorize')}?{form.query}",
        holds_already=bool(held),
        asks_password=password_needed,
        problem=form.problem,
        problem_field=form.problem_field,
    )


def _note_shown(services: PageServices, client: Client) -> None:
    """A registration that reached a person is kept; the others die after an hour."""
    if client.consent_shown_at is not None:
        return
    with unit_of_work(services.engine) as session:
        row = session.get(Client, client.client_id)
        if row is not None:
            row.consent_shown_at = now()
