"""That the person themselves asks for something grave, and not merely somebody who holds their session cookie (AS-115).

With https a sign-in of the last five minutes says it. On plain http every program on this machine may hold the cookie,
so the password goes with each such form.
"""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from auth_server.browser import SignedInBrowser
from auth_server.forms import Form
from auth_server.page_services import PageServices
from auth_server.sign_in.login import SignInRefusedError, WrongCredentialsError, attempt_of, authenticate
from shared.clock import now
from shared.refusals import Reason

RECENT = timedelta(minutes=5)


@dataclass(frozen=True)
class Confirmation:
    """What a form has to bring; `problem` is the sentence at its password field."""

    asks_password: bool
    problem: str = ""


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
    return Confirmation(asks_password=not _has_just_signed_in(services, browser), problem=problem)


def require_confirmation(request: Request, services: PageServices, browser: SignedInBrowser, form: Form) -> None:
    """Raises NotConfirmedError unless the form brings what `confirmation` asks for. Call it outside any transaction."""
    if not _has_just_signed_in(services, browser):
        require_password(request, services, browser, form)


def require_password(request: Request, services: PageServices, browser: SignedInBrowser, form: Form) -> None:
    """Raises NotConfirmedError unless the form brings the password, however recent the sign-in was.

    It alone suffices for somebody with an authenticator app, too: whoever has the session has given a code before.
    """
    password = form.one("password")
    if not password:
        raise NotConfirmedError("Type your password to go on.", Reason.PASSWORD_MISSING)
    try:
        authenticate(services, attempt_of(request, services, browser.user.email, password))
    except WrongCredentialsError as refusal:
        sentence = "That is not the password of this account. Try again."
        raise NotConfirmedError(sentence, refusal.reason) from refusal
    except SignInRefusedError as refusal:
        raise NotConfirmedError(refusal.sentence, refusal.reason, refusal.status, refusal.retry_after) from refusal


def _has_just_signed_in(services: PageServices, browser: SignedInBrowser) -> bool:
    return services.settings.is_https and now() - browser.authenticated_at < RECENT
