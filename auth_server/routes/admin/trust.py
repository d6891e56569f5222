"""Trust: who may be an app here. What is changed holds from the next request on."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Response

from auth_server.administrators import AdminUser
from auth_server.routes.admin.returning import back_to, said_of
from auth_server.trust.host_rules import InvalidHostError, Ruling, forget_host_rule, set_host_rule
from auth_server.trust.initial_access_tokens import LIFETIME, issue_initial_access_token, revoke_initial_access_tokens
from auth_server.trust.overview import trust_overview
from auth_server.trust.rules import RegistrationMode, allow_documents, set_registration_mode
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm
from auth_server.web.signed_in_pages import admin_page
from shared.database import unit_of_work

router = APIRouter(include_in_schema=False)
HERE = "/admin/trust"
LONGEST_DAYS = 365
SAID = {
    "documents": "Changed. Apps that are connected stay connected.",
    "registration": "Changed. Apps that are connected stay connected.",
    "host": "The rule holds from now on.",
    "forgotten": "The rule is forgotten.",
    "revoked": "No token to register with counts any more. Apps that registered with one stay.",
}
NO_HOST = "That is no host such as claude.ai or *.example.com. Leave out https:// and paths."


@dataclass(frozen=True)
class Shown:
    """What the page shows beside the rules: a token that was just made, or what was wrong with the last form."""

    token: str = ""
    days: int = LIFETIME.days
    host: str = ""
    host_problem: str = ""
    days_problem: str = ""

    @property
    def status(self) -> int:
        """400 where something was wrong."""
        return 400 if self.host_problem or self.days_problem else 200


@router.get(HERE)
def trust_page(services: PageServicesDep, browser: AdminUser, done: str = "") -> Response:
    """Every rule, each with the form that changes it."""
    return _page(services, browser, Shown(), done)


@router.post("/admin/trust/documents")
def turn_documents(services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """Lets apps be known by documents, or not."""
    if form.one("documents") in ("on", "off"):
        with unit_of_work(services.engine) as session:
            allow_documents(session, form.one("documents") == "on", by=browser.user.id)
    return back_to(services, HERE, done="documents")


@router.post("/admin/trust/registration")
def turn_registration(services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """Decides who may register."""
    if form.one("registration") in set(RegistrationMode):
        with unit_of_work(services.engine) as session:
            set_registration_mode(session, RegistrationMode(form.one("registration")), by=browser.user.id)
    return back_to(services, HERE, done="registration")


@router.post("/admin/trust/hosts")
def rule_host(services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """Allows, denies or forgets the host of the field `host`, as the button says that was pressed."""
    host, verdict = form.one("host"), form.one("verdict")
    try:
        with unit_of_work(services.engine) as session:
            if verdict in set(Ruling):
                set_host_rule(session, host, Ruling(verdict), by=browser.user.id)
            elif verdict == "forget":
                forget_host_rule(session, host, by=browser.user.id)
    except InvalidHostError:
        return _page(services, browser, Shown(host=host[:253], host_problem=NO_HOST))
    return back_to(services, HERE, done="forgotten" if verdict == "forget" else "host")


@router.post("/admin/trust/tokens")
def issue_token(services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """Makes an initial access token and shows it this once."""
    days = form.one("days")
    if not (days.isascii() and days.isdigit() and len(days) <= 3 and 1 <= int(days) <= LONGEST_DAYS):
        return _page(services, browser, Shown(days_problem=f"A number of days from 1 to {LONGEST_DAYS}."))
    with unit_of_work(services.engine) as session:
        token = issue_initial_access_token(session, timedelta(days=int(days)), by=browser.user.id)
    return _page(services, browser, Shown(token=token, days=int(days)))


@router.post("/admin/trust/tokens/revoke")
def revoke_tokens(services: PageServicesDep, browser: AdminUser, _form: SessionForm) -> Response:
    """Ends every initial access token."""
    with unit_of_work(services.engine) as session:
        revoke_initial_access_tokens(session, by=browser.user.id)
    return back_to(services, HERE, done="revoked")


def _page(services: PageServices, browser: SignedInBrowser, shown: Shown, done: str = "") -> Response:
    with unit_of_work(services.engine, read_only=True) as session:
        rules = trust_overview(session)
    said = said_of(SAID, done)
    return admin_page(services, browser, "admin/trust.html", HERE, shown.status, rules=rules, shown=shown, said=said)
