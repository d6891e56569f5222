"""One attempt to sign in: the limits, exactly one password verification, and a new browser session."""

from dataclasses import dataclass

from fastapi import Request
from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import User
from auth_server.passwords import (
    RETRY_AFTER_SECONDS,
    PasswordQueueFullError,
    PasswordTooLongError,
    Verification,
    hash_password,
)
from auth_server.people import find_user, normal_email
from auth_server.sign_in.limits import Device
from auth_server.web.browser import close_browser_session, open_browser_session
from auth_server.web.page_services import PageServices
from shared.database import unit_of_work
from shared.refusals import Reason
from shared.relative_time import in_words


class SignInRefusedError(Exception):
    """An attempt that signs nobody in: a sentence for the person, the status, and when to come back, in seconds."""

    def __init__(self, sentence: str, reason: Reason, status: int = 400, retry_after: int = 0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reason = reason
        self.status = status
        self.retry_after = retry_after


class WrongCredentialsError(SignInRefusedError):
    """Unknown person, wrong password or disabled account; nobody but the log is told which (AS-34)."""

    def __init__(self, user: User | None) -> None:
        is_disabled = user is not None and user.disabled_at is not None
        reason = Reason.ACCOUNT_DISABLED if is_disabled else Reason.WRONG_PASSWORD if user else Reason.ACCOUNT_UNKNOWN
        super().__init__("That e-mail address and password do not belong together. Try again.", reason)


class TooManyAttemptsError(SignInRefusedError):
    """The account or the address has to wait `seconds` (AS-33)."""

    def __init__(self, seconds: int) -> None:
        sentence = f"Too many attempts. Wait {in_words(seconds)} and try again."
        super().__init__(sentence, Reason.TOO_MANY_ATTEMPTS, 429, seconds)


class TooManyAtOnceError(SignInRefusedError):
    """Every core verifies passwords, and enough others wait (AS-114)."""

    def __init__(self) -> None:
        sentence = "Many people are signing in right now. Try again in a few seconds."
        super().__init__(sentence, Reason.TOO_MANY_AT_ONCE, 503, RETRY_AFTER_SECONDS)


@dataclass(frozen=True)
class Attempt:
    """What one login form brought; `address` is the real peer's, `device` what its cookie remembers."""

    email: str
    password: str
    address: str
    device: Device

    def __repr__(self) -> str:
        return "Attempt(…)"


def attempt_of(request: Request, services: PageServices, email: str, password: str) -> Attempt:
    """What a form brought, and from where."""
    return Attempt(
        email=email,
        password=password,
        address=request.client.host if request.client else "",
        device=services.devices.read(request.cookies.get(services.cookies.device)),
    )


def authenticate(services: PageServices, attempt: Attempt, *, is_whole: bool = True) -> User:
    """The person, after one verification outside of any transaction.

    Unless `is_whole`, a code may be asked for next: then the right password alone clears nothing that was counted, or
    whoever knows it could guess at codes for ever.
    Raises SignInRefusedError: WrongCredentialsError, TooManyAttemptsError or TooManyAtOnceError.
    """
    email = normal_email(attempt.email)
    with unit_of_work(services.engine, read_only=True) as session:
        user = find_user(session, email)
    known = attempt.device if user is not None and user.id in attempt.device.user_ids else None
    if seconds := services.login_limits.admit(email, attempt.address, known):
        raise TooManyAttemptsError(seconds)
    verification = _verify(services, user, attempt.password)
    if user is None or not verification.is_correct:
        services.login_limits.refused(attempt.address, known)
        _note_refusal(services, user, attempt)
        raise WrongCredentialsError(user)
    if is_whole or not user.asks_code:
        services.login_limits.forget(email, known)
    if verification.needs_rehash:
        _rehash(services, user, attempt.password)
    return user


def start_browser_session(
    request: Request, services: PageServices, session: Session, user: User, methods: str = "pwd"
) -> str:
    """Ends what the browser brought and answers the new cookie, so that a planted one leads nowhere (AS-31).

    `methods` says how the person proved who they are (RFC 8176).
    """
    close_browser_session(session, request.cookies.get(services.cookies.session))
    record(session, AuditKind.SIGNED_IN, user_id=user.id, methods=methods)
    return open_browser_session(
        session,
        user,
        services.settings,
        methods=methods,
        user_agent=request.headers.get("user-agent", ""),
        address=request.client.host if request.client else "",
    )


def _verify(services: PageServices, user: User | None, password: str) -> Verification:
    may_sign_in = user is not None and user.disabled_at is None and user.is_person and user.has_password
    try:
        return services.passwords.verify(user.password_hash if user and may_sign_in else None, password)
    except PasswordTooLongError:
        return Verification(is_correct=False)
    except PasswordQueueFullError as cause:
        raise TooManyAtOnceError from cause


def _note_refusal(services: PageServices, user: User | None, attempt: Attempt) -> None:
    """For whoever watches for guessing; the address typed in is not kept, it may be anybody's."""
    with unit_of_work(services.engine) as session:
        record(session, AuditKind.SIGN_IN_REFUSED, user_id=user.id if user else None, peer=attempt.address)


def _rehash(services: PageServices, user: User, password: str) -> None:
    """The parameters have risen since this hash was made (AS-35)."""
    stronger = hash_password(password)
    with unit_of_work(services.engine) as session:
        current = session.get(User, user.id)
        if current is not None and current.password_hash == user.password_hash:
            current.password_hash = user.password_hash = stronger
