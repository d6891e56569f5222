"""The second step of signing in: one code within the limits of the first, and once for each right password."""

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import User
from auth_server.sign_in.limits import Device
from auth_server.sign_in.login import SignInRefusedError, TooManyAttemptsError
from auth_server.sign_in.recovery_codes import spend_recovery_code
from auth_server.sign_in.signed_steps import PasswordGiven, StepOverError, password_mark
from auth_server.spent_requests import claim
from auth_server.web.page_services import PageServices
from shared.database import unit_of_work
from shared.refusals import Reason


class WrongCodeError(SignInRefusedError):
    """Neither a code of now nor an unused recovery code."""

    def __init__(self) -> None:
        super().__init__("That code is not right, or was used before. Try the next one.", Reason.WRONG_CODE)


def take_second_step(
    services: PageServices, given: PasswordGiven, code: str, recovery_code: str, address: str, device: Device
) -> User:
    """The person, once, after one code within the limits of signing in; a wrong one counts like a wrong password.

    Raises StepOverError, WrongCodeError and TooManyAttemptsError.
    """
    with unit_of_work(services.engine, read_only=True) as session:
        user = session.get(User, given.user_id)
    if user is None or user.disabled_at is not None or not user.asks_code or password_mark(user) != given.password_mark:
        raise StepOverError
    known = device if user.id in device.user_ids else None
    if seconds := services.login_limits.admit(user.email, address, known):
        raise TooManyAttemptsError(seconds)
    with unit_of_work(services.engine) as session:
        is_right = _spend(session, services, user, code, recovery_code)
        if is_right and not claim(session, given.nonce):
            raise StepOverError
        if not is_right:
            record(session, AuditKind.SIGN_IN_REFUSED, user_id=user.id, peer=address)
    if not is_right:
        services.login_limits.refused(address, known)
        raise WrongCodeError
    services.login_limits.forget(user.email, known)
    return user


def _spend(session: Session, services: PageServices, user: User, code: str, recovery_code: str) -> bool:
    if recovery_code:
        return spend_recovery_code(session, user.id, recovery_code)
    return services.authenticator_apps.accepts(session, user.id, code)
