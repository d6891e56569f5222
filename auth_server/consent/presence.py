"""Whether the person themselves presses Connect, and not merely somebody who holds their session cookie."""

from fastapi import Request, Response
from sqlmodel import Session

from auth_server.consent.signed_requests import ConsentRequest
from auth_server.sign_in.login import SignInRefusedError, WrongCredentialsError, attempt_of, authenticate
from auth_server.spent_requests import is_spent
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason


class AbsentPersonError(Exception):
    """Nothing says that the person is there; the page is shown again, with this sentence at its password field."""

    def __init__(self, sentence: str, reason: Reason, status: int = 400, retry_after: int = 0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reason = reason
        self.status = status
        self.retry_after = retry_after


def come_back(response: Response, seconds: int) -> Response:
    """The page, with the time to wait if there is one."""
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response


def asks_password(session: Session, services: PageServices, proof: str) -> bool:
    """Whether the consent page has a password field: on plain http, unless an unspent proof says enough."""
    return not services.settings.is_https and (not proof or is_spent(session, proof))


def require_presence(
    request: Request, services: PageServices, browser: SignedInBrowser, asked: ConsentRequest, form: Form
) -> str:
    """The proof that the approval spends, or empty when a password was verified or none is needed.

    The second click of a double click needs none: it is answered with what the first one got. Raises
    AbsentPersonError.
    """
    with unit_of_work(services.engine, read_only=True) as session:
        if is_spent(session, asked.nonce):
            return ""
        if services.settings.is_https:
            return "" if is_spent(session, asked.proof) else asked.proof
        if not asks_password(session, services, asked.proof):
            return asked.proof
    _verify_password(request, services, browser, form.one("password"))
    return ""


def _verify_password(request: Request, services: PageServices, browser: SignedInBrowser, password: str) -> None:
    """With the limits of the sign-in page, outside of any transaction."""
    if not password:
        raise AbsentPersonError("Type your password to connect the app.", Reason.PASSWORD_MISSING)
    try:
        authenticate(services, attempt_of(request, services, browser.user.email, password))
    except WrongCredentialsError as refusal:
        sentence = "That is not the password of this account. Try again."
        raise AbsentPersonError(sentence, refusal.reason) from refusal
    except SignInRefusedError as refusal:
        raise AbsentPersonError(refusal.sentence, refusal.reason, refusal.status, refusal.retry_after) from refusal
