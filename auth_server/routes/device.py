"""RFC 8628 §3.3: the page where a person types the code that their device shows, and decides about it there."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from auth_server.authorization_errors import page_problem
from auth_server.consent.choice import Choice, UnusableChoiceError, approve, read_choice
from auth_server.consent.decision import Decision, decision_in
from auth_server.consent.device import NoSuchCodeError, decide_device, waiting_request
from auth_server.consent.page import ConsentForm, show_consent
from auth_server.consent.presence import require_presence
from auth_server.consent.signed_requests import ConsentRequest, StaleRequestError, shown_digest
from auth_server.consent.user_code_limits import TooManyCodesError, admit_user_code
from auth_server.oauth.authorization_request import AuthorizationRequest, blocked_client
from auth_server.oauth.user_codes import as_shown
from auth_server.sign_in.confirmation import NotConfirmedError
from auth_server.spent_requests import is_spent
from auth_server.web.browser import SignedInBrowser
from auth_server.web.error_pages import forged_form
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn, SignInFirst, Visitor
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step, note_refusal
from shared.relative_time import in_words

router = APIRouter(include_in_schema=False)
PATH = "/device"
NO_SUCH_CODE = "No device is waiting behind this code. Check it, or let the device show a new one."
CHANGED = "The app changed what it says about itself while this page was open. Look at it again before you decide."


@router.get(PATH)
def enter_page(request: Request, services: PageServicesDep, visitor: Visitor, user_code: str = "") -> Response:
    """Where the code is typed; a link that carries it only fills it in (§3.3.1, §5.4)."""
    code = as_shown(user_code) or ""
    if visitor is None:
        raise SignInFirst(f"{request.url.path}?user_code={code}" if code else request.url.path)
    return _enter(services, visitor, code)


@router.post(PATH)
def enter_or_decide(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """The consent page of the device behind the code, or what the person answered there."""
    try:
        if form.one("request"):
            return _decided(request, services, browser, form)
        admit_user_code(services.core.limiter, browser.user.id, request.client.host if request.client else "")
        return _ask(services, browser, form.one("user_code"))
    except NoSuchCodeError:
        note_refusal(Step.CONSENT, Reason.USER_CODE_UNKNOWN)
        return _enter(services, browser, problem=NO_SUCH_CODE, status=400)
    except TooManyCodesError as refused:
        note_refusal(Step.CONSENT, Reason.TOO_MANY_ATTEMPTS)
        problem = f"Too many codes were tried. Wait {in_words(refused.seconds)} and try again."
        again = _enter(services, browser, problem=problem, status=429)
        again.headers["Retry-After"] = str(refused.seconds)
        return again


@router.get(f"{PATH}/done")
def done_page(services: PageServicesDep, _browser: SignedIn, denied: str = "") -> Response:
    """Back to the device."""
    return services.pages.render("device/done.html", is_denied=bool(denied))


def _enter(
    services: PageServices, browser: SignedInBrowser, code: str = "", problem: str = "", status: int = 200
) -> Response:
    """The same page for every code that leads nowhere: what was typed is not repeated (AS-109)."""
    token = services.token_for(browser.secret)
    return services.pages.render("device/enter.html", status, user_code=code, problem=problem, csrf_token=token)


def _ask(services: PageServices, browser: SignedInBrowser, typed: str) -> Response:
    """Raises NoSuchCodeError, and PageProblem for a blocked client."""
    wanted = _waiting(services, typed)
    return show_consent(services, browser, wanted, _form(as_shown(typed) or ""))


def _waiting(services: PageServices, typed: str) -> AuthorizationRequest:
    """Raises NoSuchCodeError, and PageProblem for a blocked client."""
    with unit_of_work(services.engine, read_only=True) as session:
        wanted = waiting_request(session, services.core, typed)
    if wanted.client.blocked_at is not None:
        raise page_problem(blocked_client(wanted.client))
    return wanted


def _form(code: str, *, choice: Choice | None = None, problem: str = "", problem_field: str = "") -> ConsentForm:
    """The form of the device's consent page, fresh or with what is to be mended."""
    return ConsentForm(f"user_code={code}", choice, problem, problem_field, path=PATH, shown={"user_code": code})


def _decided(request: Request, services: PageServices, browser: SignedInBrowser, form: Form) -> Response:
    """303 to the page that says what came of it, or the form again. Raises NoSuchCodeError."""
    try:
        asked = services.consent_requests.open(form.one("request"), browser)
        code = asked.query.removeprefix("user_code=")
        again = _to_mend(request, services, browser, asked, code, form)
        if again is not None:
            return again
        with unit_of_work(services.engine) as session:
            decision = decide_device(session, services.core, browser, code, asked, form)
    except StaleRequestError as error:
        raise forged_form(Step.CONSENT, error.reason) from error
    denied = "?denied=1" if decision is Decision.DENY else ""
    return RedirectResponse(f"{services.paths.to(PATH)}/done{denied}", 303)


def _to_mend(
    request: Request, services: PageServices, browser: SignedInBrowser, asked: ConsentRequest, code: str, form: Form
) -> Response | None:
    """The page again, with what is wrong; None for an answer that can be taken, or was taken before."""
    with unit_of_work(services.engine, read_only=True) as session:
        if is_spent(session, asked.nonce):
            return None
    wanted, choice = _waiting(services, code), read_choice(form)
    try:
        if shown_digest(wanted) != asked.shown:
            return _again(services, browser, wanted, _form(code, problem=CHANGED), Reason.APP_CHANGED, 409)
        if decision_in(form) is Decision.APPROVE:
            approve(wanted, choice, services.settings.refresh_absolute)
            require_presence(request, services, browser, asked, form)
    except UnusableChoiceError as wrong:
        anew = _form(code, choice=choice, problem=str(wrong), problem_field=wrong.field)
        return _again(services, browser, wanted, anew, Reason.CHOICE_UNUSABLE)
    except NotConfirmedError as absent:
        anew = _form(code, choice=choice, problem=str(absent), problem_field="password")
        return absent.come_back(_again(services, browser, wanted, anew, absent.reason, absent.status))
    return None


def _again(
    services: PageServices,
    browser: SignedInBrowser,
    wanted: AuthorizationRequest,
    form: ConsentForm,
    reason: Reason,
    status: int = 400,
) -> Response:
    note_refusal(Step.CONSENT, reason, client_id=wanted.client.client_id)
    return show_consent(services, browser, wanted, form, status)
