"""That the person themselves asks for something grave, and not merely somebody who holds their session cookie (AS-115).

With https a sign-in of the last five minutes says it. On plain http every program on this machine may hold the cookie,
so the password goes with each such form. Who has none signs in again: with https that is a recent sign-in, on plain
http it adds a proof to the page's address that is good for one form (sign_in/proofs.py).
"""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from auth_server.sign_in.login import SignInRefusedError, WrongCredentialsError, attempt_of, authenticate
from auth_server.spent_requests import claim, is_spent
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices
from shared.clock import now
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason

RECENT = timedelta(minutes=5)


@dataclass(frozen=True)
class Confirmation:
    """What a form has to bring; `problem` is the sentence at its password field, or at the link `sign_in_again`.

    `proof` goes with the form, `sign_in_again` is where somebody without a password has to go first.
    """

    asks_password: bool
    problem: str = ""
    proof: str = ""
    sign_in_again: str = ""


class NotConfirmedError(Exception):
    """Nothing says that the person is there; the form is shown again with this sentence at its password field."""

    def __init__(self, sentence: str, reason: Reason, status: int = 400, retry_after: int = 0) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.status = status
        self.retry_after = retry_after

    def come_back(self, response: Response) -> Response:
        """The form shown again, with the time to wait if there is one."""
        if self.retry_after:
            response.headers["Retry-After"] = str(self.retry_after)
        return response


def confirmation(services: PageServices, browser: SignedInBrowser, problem: str = "") -> Confirmation:
    """What a form of this page has to bring now."""
    if _has_just_signed_in(services, browser):
        return Confirmation(asks_password=False, problem=problem)
    if _nonce(services, browser, browser.proof):
        return Confirmation(asks_password=False, problem=problem, proof=browser.proof)
    if browser.user.has_password:
        return Confirmation(asks_password=True, problem=problem)
    here = browser.here or services.paths.to("/account/security")
    return Confirmation(asks_password=False, problem=problem, sign_in_again=f"{services.paths.login(here)}&again=1")


def require_confirmation(request: Request, services: PageServices, browser: SignedInBrowser, form: Form) -> None:
    """Raises NotConfirmedError unless the form brings what `confirmation` asks for. Call it outside any transaction."""
    if _has_just_signed_in(services, browser):
        return
    nonce = _nonce(services, browser, form.one("proof"))
    if nonce:
        with unit_of_work(services.engine) as session:
            if claim(session, nonce):
                return
    if not browser.user.has_password:
        raise NotConfirmedError("Sign in again to go on.", Reason.SIGN_IN_AGAIN)
    require_password(request, services, browser, form)


def require_password(
    request: Request, services: PageServices, browser: SignedInBrowser, form: Form, purpose: str = "go on"
) -> None:
    """Raises NotConfirmedError unless the form brings the password, however recent the sign-in was.

    It has the limits of the sign-in page; call it outside any transaction.
    It alone suffices for somebody with an authenticator app, too: whoever has the session has given a code before.
    """
    password = form.one("password")
    if not password:
        raise NotConfirmedError(f"Type your password to {purpose}.", Reason.PASSWORD_MISSING)
    try:
        authenticate(services, attempt_of(request, services, browser.user.email, password))
    except WrongCredentialsError as refusal:
        sentence = "That is not the password of this account. Try again."
        raise NotConfirmedError(sentence, refusal.reason) from refusal
    except SignInRefusedError as refusal:
        raise NotConfirmedError(refusal.sentence, refusal.reason, refusal.status, refusal.retry_after) from refusal


def _has_just_signed_in(services: PageServices, browser: SignedInBrowser) -> bool:
    return services.settings.is_https and now() - browser.authenticated_at < RECENT


def _nonce(services: PageServices, browser: SignedInBrowser, proof: str) -> str:
    """Of a proof that was not spent; empty for none."""
    nonce = services.sign_in_proofs.open_confirmation(proof, browser) if proof else ""
    if not nonce:
        return ""
    with unit_of_work(services.engine, read_only=True) as session:
        return "" if is_spent(session, nonce) else nonce
