"""Draws the consent page, or the short one for what was allowed before; signs the request object of its form."""

from dataclasses import dataclass, field, replace

from fastapi import Response

from auth_server.clients import is_noted, note_shown
from auth_server.consent.catalog import Choosable
from auth_server.consent.choice import Choice, is_about_memories, prefilled
from auth_server.consent.choosable import choosable
from auth_server.consent.own_pages import pages_context
from auth_server.consent.presence import asks_password
from auth_server.consent.remembered import change_since, remembered_consent
from auth_server.consent.words import consent_context, continue_context
from auth_server.documents.logos import shown_logo
from auth_server.grants import live_grants
from auth_server.models import Client
from auth_server.oauth.authorization_request import AuthorizationRequest
from auth_server.own_pages import is_own_pages
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices
from shared.database import unit_of_work
from shared.scopes import Scope


@dataclass(frozen=True)
class ConsentForm:
    """The form to show: fresh, or again with what the person chose and the sentence that says what to mend.

    `review` leads to the whole page; without it the whole page is what is shown, whatever was allowed before.
    `path` is where the request came to and its form goes; `shown` is what the page shows beside the request.
    """

    query: str
    choice: Choice | None = None
    problem: str = ""
    problem_field: str = ""
    proof: str = ""
    review: str = ""
    path: str = "/authorize"
    shown: dict[str, object] = field(default_factory=dict)


def show_consent(
    services: PageServices, browser: SignedInBrowser, wanted: AuthorizationRequest, form: ConsentForm, status: int = 200
) -> Response:
    """One of the pages."""
    if is_own_pages(wanted.client):
        context = pages_context(browser.user)
        return _render(services, browser, wanted, form, status, "consent/own_pages.html", context)
    with unit_of_work(services.engine, read_only=True) as session:
        grants = live_grants(session, browser.user.id)
    held = [grant for grant in grants if grant.client_id == wanted.client.client_id]
    longest = services.settings.refresh_absolute
    remembered = remembered_consent(wanted, held, longest) if form.review else None
    needs_servers = remembered is None or remembered.names_servers
    offered = choosable(services, browser.user.id, wanted.scopes) if needs_servers else Choosable(())
    if remembered is None and form.review:
        remembered = remembered_consent(_meant(wanted, offered), held, longest)
    if remembered is not None and remembered.means_others(offered.servers):
        remembered = None
    _note_shown(services, wanted.client)
    if remembered is not None:
        asked = continue_context(wanted, remembered, form.review)
        return _render(services, browser, wanted, form, status, "consent/continue.html", asked)
    choice = form.choice or prefilled(wanted, held, longest, offered.servers)
    asked = consent_context(wanted, choice, offered, longest)
    asked["change"] = change_since(wanted.client, held)
    return _render(services, browser, wanted, form, status, "consent/consent.html", asked)


def _meant(wanted: AuthorizationRequest, offered: Choosable) -> AuthorizationRequest:
    """Whoever has no servers is not asked again because an app would use them, too."""
    if offered.servers or not is_about_memories(wanted.scopes):
        return wanted
    return replace(wanted, scopes=tuple(scope for scope in wanted.scopes if scope is not Scope.GATEWAY_CALL))


def _render(
    services: PageServices,
    browser: SignedInBrowser,
    wanted: AuthorizationRequest,
    form: ConsentForm,
    status: int,
    template: str,
    asked: dict[str, object],
) -> Response:
    """What both pages have: whose account it is, and a form that can be answered once."""
    here = f"{services.paths.to(form.path)}?{form.query}"
    with unit_of_work(services.engine, read_only=True) as session:
        password_needed = asks_password(session, services, form.proof)
        logo = shown_logo(session, wanted.client)
    return services.pages.render(
        template,
        status,
        **asked,
        **form.shown,
        answered_at=form.path,
        app_logo=logo,
        email=browser.user.email,
        csrf_token=services.token_for(browser.secret),
        signed_request=services.consent_requests.sign(form.query, wanted, browser, form.proof),
        here=here,
        asks_password=password_needed,
        sign_in_again="" if browser.user.has_password else f"{services.paths.login(here)}&again=1",
        problem=form.problem,
        problem_field=form.problem_field,
    )


def _note_shown(services: PageServices, client: Client) -> None:
    if is_noted(client):
        return
    with unit_of_work(services.engine) as session:
        note_shown(session, client.client_id)
