"""The second page of signing in: the code of an authenticator app, or a recovery code (AS-33, AS-34)."""

from fastapi import APIRouter, Request, Response

from auth_server.routes.login import sign_in_and_go
from auth_server.sign_in.login import SignInRefusedError
from auth_server.sign_in.second_step import take_second_step
from auth_server.sign_in.signed_steps import StepOverError
from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import AnonymousForm, PageServices, PageServicesDep
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)
PAGE = "/login/code"


@router.get(PAGE)
def code_page(request: Request, services: PageServicesDep, step: str = "") -> Response:
    """The form, in the browser that sent the password."""
    try:
        services.second_steps.open(step, request.cookies.get(services.cookies.form, ""))
    except StepOverError as over:
        raise _begin_again() from over
    return _form_page(request, services, step)


@router.post(PAGE)
def enter_code(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """303 to where the person was going, or the form again with one sentence."""
    step, address = form.one("step"), request.client.host if request.client else ""
    device = services.devices.read(request.cookies.get(services.cookies.device))
    try:
        given = services.second_steps.open(step, request.cookies.get(services.cookies.form, ""))
        user = take_second_step(services, given, form.one("code"), form.one("recovery_code"), address, device)
    except StepOverError as over:
        raise _begin_again() from over
    except SignInRefusedError as refusal:
        note_refusal(Step.SIGN_IN, refusal.reason)
        return _form_page(request, services, step, bool(form.one("recovery_code")), refusal)
    return sign_in_and_go(request, services, user, services.paths.checked(given.target), "pwd otp")


def _form_page(
    request: Request,
    services: PageServices,
    step: str,
    is_recovery: bool = False,
    refusal: SignInRefusedError | None = None,
) -> Response:
    response = services.pages.render(
        "sign_in/code.html",
        refusal.status if refusal else 200,
        csrf_token=services.token_for(request.cookies.get(services.cookies.form, "")),
        step=step,
        is_recovery=is_recovery,
        problem=refusal.sentence if refusal else "",
    )
    if refusal and refusal.retry_after:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _begin_again() -> PageProblem:
    return PageProblem(
        "Sign in once more",
        "This step of signing in lay open for too long, was taken before, or belongs to another browser.",
        "Begin again with your password.",
        step=Step.SIGN_IN,
        reason=Reason.FORM_STALE,
        status=403,
        link="/login",
        link_label="Sign in",
    )
