"""Signing in with a passkey (Web Authentication Level 3 §7.2); its form is on the sign-in page."""

from fastapi import APIRouter, Request, Response

from auth_server.routes.login import login_form, sign_in_and_go
from auth_server.sign_in.passkey_ceremonies import PasskeyRefusedError
from auth_server.sign_in.passkeys import person_of_passkey
from auth_server.web.page_services import AnonymousForm, PageServicesDep
from shared.refusals import Step, note_refusal

router = APIRouter(include_in_schema=False)
METHODS = "hwk user"
"""RFC 8176: a key that the device keeps, and a test that the person is there. No code is asked for after it."""


@router.post("/login/passkey")
def login_with_passkey(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """303 to where the person was going, or the sign-in page with one sentence and a new challenge."""
    target = services.paths.checked(form.one("next"))
    try:
        user = person_of_passkey(request, services, form.one("challenge"), form.one("credential"))
    except PasskeyRefusedError as refusal:
        note_refusal(Step.SIGN_IN, refusal.reason, cause=refusal.cause)
        return login_form(request, services, target, problem=refusal.sentence, status=400)
    return sign_in_and_go(request, services, user, target, METHODS)
