"""What the pages share: made once by `create_app`, handed to their routes."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from auth_server.consent.catalog import Catalog
from auth_server.consent.signed_requests import ConsentRequests
from auth_server.documents.client_documents import ClientDocuments
from auth_server.documents.logos import ClientLogos
from auth_server.membership.memory_export import MemoryExport
from auth_server.passwords import PasswordVerifier
from auth_server.services import Services
from auth_server.settings import Settings, SignUp
from auth_server.sign_in.authenticator import AuthenticatorApps
from auth_server.sign_in.limits import Devices, LoginLimits
from auth_server.sign_in.passkey_ceremonies import PasskeyCeremonies
from auth_server.sign_in.proofs import SignInProofs, split_proof
from auth_server.sign_in.signed_steps import SecondSteps
from auth_server.upstream.service import Upstream
from auth_server.web.browser import BrowserCookies, SignedInBrowser, browser_cookies, find_browser, note_seen
from auth_server.web.error_pages import forged_form
from auth_server.web.forms import SubmittedForm
from auth_server.web.own_paths import OwnPaths
from auth_server.web.pages import Pages
from shared.csrf import comes_from_own_page, form_token, is_genuine
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Step


@dataclass(frozen=True)
class PageServices:
    """Long-lived objects of the pages; the keys are derived, the master key is not kept."""

    core: Services
    paths: OwnPaths
    pages: Pages
    cookies: BrowserCookies
    passwords: PasswordVerifier
    login_limits: LoginLimits
    devices: Devices
    consent_requests: ConsentRequests
    sign_in_proofs: SignInProofs
    second_steps: SecondSteps
    authenticator_apps: AuthenticatorApps
    passkeys: PasskeyCeremonies
    catalog: Catalog
    memory_export: MemoryExport
    documents: ClientDocuments
    logos: ClientLogos
    upstream: Upstream
    form_key: bytes

    @classmethod
    def create(cls, services: Services) -> "PageServices":
        """Everything the pages need, from what the process holds."""
        paths = OwnPaths.below(services.settings)
        return cls(
            core=services,
            paths=paths,
            pages=Pages(paths, sign_up_is_open=services.settings.sign_up is SignUp.OPEN),
            cookies=browser_cookies(services.settings, services.installation),
            passwords=PasswordVerifier(),
            login_limits=LoginLimits(services.limiter, services.settings.login_attempts),
            devices=Devices(services.master_key.derive("auth device cookies")),
            consent_requests=ConsentRequests(services.master_key.derive("auth consent requests")),
            sign_in_proofs=SignInProofs(services.master_key.derive("auth sign-in proofs")),
            second_steps=SecondSteps(services.master_key.derive("auth second steps")),
            authenticator_apps=AuthenticatorApps(services.master_key.derive("auth authenticator apps")),
            passkeys=PasskeyCeremonies(services.master_key.derive("auth passkey challenges"), services.settings),
            catalog=Catalog(services.settings),
            memory_export=MemoryExport(services.settings),
            documents=ClientDocuments(services),
            logos=ClientLogos(services),
            upstream=Upstream(
                services.settings.upstream_providers,
                services.settings.issuer,
                services.master_key.derive("auth upstream sign-ins"),
            ),
            form_key=services.master_key.derive("auth form tokens"),
        )

    @property
    def settings(self) -> Settings:
        """The process's settings."""
        return self.core.settings

    @property
    def engine(self) -> Engine:
        """The authorization server's database."""
        return self.core.engine

    def token_for(self, cookie_secret: str) -> str:
        """The token that a form carries in a browser that holds this cookie."""
        return form_token(self.form_key, cookie_secret)


def page_services(request: Request) -> PageServices:
    """The application's own services."""
    services: PageServices = request.app.state.page_services
    return services


PageServicesDep = Annotated[PageServices, Depends(page_services)]


def visiting_browser(request: Request, services: PageServicesDep) -> SignedInBrowser | None:
    """Who looks at the page, or None."""
    secret = request.cookies.get(services.cookies.session)
    if not secret:
        return None
    with unit_of_work(services.engine, read_only=True) as session:
        browser = find_browser(session, services.settings, secret)
    if browser is not None and browser.is_long_unseen:
        with unit_of_work(services.engine) as session:
            note_seen(session, browser)
    if browser is None or request.method != "GET":
        return browser
    query, proof = split_proof(request.scope["query_string"].decode("latin-1"))
    return replace(browser, here=f"{request.url.path}?{query}" if query else request.url.path, proof=proof)


Visitor = Annotated[SignedInBrowser | None, Depends(visiting_browser)]


class SignInFirst(Exception):  # noqa: N818 (a redirect, not an error)
    """Sends the browser to the sign-in page and from there to `then`; `again` also if somebody is signed in."""

    def __init__(self, then: str, *, again: bool = False) -> None:
        super().__init__("not signed in")
        self.then = then
        self.again = again


def signed_in_browser(request: Request, visitor: Visitor) -> SignedInBrowser:
    """Who looks at the page; people who are not signed in are sent to do so, then back; their forms are refused."""
    if visitor is None:
        raise SignInFirst(request.url.path) if request.method == "GET" else forged_form(form_step(request))
    return visitor


SignedIn = Annotated[SignedInBrowser, Depends(signed_in_browser)]


def session_form(request: Request, services: PageServicesDep, visitor: Visitor, form: SubmittedForm) -> Form:
    """The form of a signed-in person, with the token and the Origin of our own page (AS-91)."""
    refuse_forgery(request, services, visitor.secret if visitor else None, form)
    return form


def anonymous_form(request: Request, services: PageServicesDep, form: SubmittedForm) -> Form:
    """The form of somebody not signed in yet, bound to the cookie that came with the page (AS-90)."""
    refuse_forgery(request, services, request.cookies.get(services.cookies.form), form)
    return form


SessionForm = Annotated[Form, Depends(session_form)]
AnonymousForm = Annotated[Form, Depends(anonymous_form)]


def refuse_forgery(request: Request, services: PageServices, secret: str | None, form: Form) -> None:
    """Raises PageProblem (403) unless our own page sent this form in the browser that holds `secret`."""
    if not comes_from_own_page(request.headers, services.settings.issuer_origin):
        raise forged_form(form_step(request))
    if not is_genuine(services.form_key, secret, form.one("csrf_token")):
        raise forged_form(form_step(request))


def form_step(request: Request) -> Step:
    """Which step of connecting an app the form at this address belongs to."""
    page = request.url.path.rpartition("/")[2]
    sign_in = dict.fromkeys(("login", "code", "passkey"), Step.SIGN_IN)
    consent = dict.fromkeys(("authorize", "device"), Step.CONSENT)
    return (sign_in | consent).get(page, Step.ACCOUNT)
