"""A person's passkeys: added, used to sign in, renamed, removed; a copied one gives itself away by its count."""

from fastapi import Request
from limits import RateLimitItemPerMinute
from sqlmodel import Session, col, select, update
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.structs import AuthenticationCredential
from webauthn.registration.verify_registration_response import VerifiedRegistration

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import LinkedIdentity, Passkey, User
from auth_server.sign_in.passkey_ceremonies import PasskeyRefusedError
from auth_server.spent_requests import claim, is_spent
from auth_server.web.page_services import PageServices
from shared.clock import now
from shared.database import unit_of_work
from shared.secrets import digest

MOST = 20
MAX_NAME_LENGTH = 60
REFUSALS_NOTED = RateLimitItemPerMinute(10, 15)
"""What the audit log takes of whoever tries a passkey they do not have: that costs nothing, and the log is for ever."""


class UnusableNameError(ValueError):
    """No name for a passkey; the text is a sentence for people."""


class LastWayInError(Exception):
    """Without this passkey nobody could sign in as its owner any more."""


def passkeys_of(session: Session, user_id: str) -> list[Passkey]:
    """Every passkey of a person, oldest first."""
    return list(session.exec(select(Passkey).where(Passkey.user_id == user_id).order_by(col(Passkey.created_at))))


def own_passkey(session: Session, user_id: str, passkey_id: str) -> Passkey | None:
    """The passkey of this id, if it is that person's."""
    passkey = session.get(Passkey, passkey_id)
    return passkey if passkey is not None and passkey.user_id == user_id else None


def checked_name(name: str) -> str:
    """The name on one line. Raises UnusableNameError."""
    line = " ".join(name.split())
    if not line or not line.isprintable() or len(line) > MAX_NAME_LENGTH:
        raise UnusableNameError(f"Give it a name of at most {MAX_NAME_LENGTH} characters, such as My phone.")
    return line


def add_passkey(session: Session, user_id: str, nonce: str, name: str, verified: VerifiedRegistration) -> Passkey:
    """A new one, once for each challenge. Raises PasskeyRefusedError."""
    passkey_id = bytes_to_base64url(verified.credential_id)
    if not claim(session, nonce):
        raise PasskeyRefusedError("challenge spent")
    if session.get(Passkey, passkey_id) is not None or len(passkeys_of(session, user_id)) >= MOST:
        raise PasskeyRefusedError("known already, or one too many")
    passkey = Passkey(
        id=passkey_id,
        user_id=user_id,
        name=name,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        is_backed_up=verified.credential_backed_up,
    )
    session.add(passkey)
    record(session, AuditKind.PASSKEY_ADDED, user_id=user_id, name=name)
    return passkey


def remove_passkey(session: Session, passkey: Passkey, *, by: str | None = None) -> None:
    """Nobody signs in with it again. Raises LastWayInError."""
    user = session.get_one(User, passkey.user_id)
    linked = session.exec(select(LinkedIdentity).where(LinkedIdentity.user_id == user.id).limit(1)).first()
    if not user.has_password and linked is None and len(passkeys_of(session, user.id)) == 1:
        raise LastWayInError
    session.delete(passkey)
    record(session, AuditKind.PASSKEY_REMOVED, user_id=user.id, by=by, name=passkey.name)


def person_of_passkey(request: Request, services: PageServices, signed_challenge: str, answer: str) -> User:
    """Who signed the challenge of this browser's sign-in page, once. Raises PasskeyRefusedError."""
    binding = digest(request.cookies.get(services.cookies.form, ""))
    challenge = services.passkeys.open("use", binding, signed_challenge)
    given = services.passkeys.read_answer(answer)
    with unit_of_work(services.engine, read_only=True) as session:
        passkey = session.get(Passkey, given.id)
        user = session.get(User, passkey.user_id) if passkey else None
        if passkey is None or user is None or user.disabled_at is not None or is_spent(session, challenge.value):
            raise PasskeyRefusedError("passkey or challenge unknown")
    count = None
    try:
        _check_handle(given, user)
        count = services.passkeys.verify_use(given, challenge, passkey).new_sign_count
        with unit_of_work(services.engine) as session:
            _note_use(session, passkey, count, challenge.value)
    except PasskeyRefusedError as refusal:
        if count is not None or services.core.limiter.hit(REFUSALS_NOTED, "refusals of passkey", digest(passkey.id)):
            _note_refusal(request, services, passkey, refusal)
        raise
    return user


def _check_handle(given: AuthenticationCredential, user: User) -> None:
    """§7.2 step 6: the device says whose passkey it is."""
    if given.response.user_handle != user.id.encode():
        raise PasskeyRefusedError("another person's handle")


def _note_use(session: Session, passkey: Passkey, count: int, nonce: str) -> None:
    """§6.1.1: a count that does not grow says that the passkey was copied; 0 says that the device keeps none."""
    known = passkey.sign_count
    if (count or known) and count <= known:
        raise PasskeyRefusedError("sign count went back")
    moved = session.exec(
        update(Passkey)
        .where(col(Passkey.id) == passkey.id, col(Passkey.sign_count) == known)
        .values(sign_count=count, last_used_at=now())
    )
    if moved.rowcount != 1 or not claim(session, nonce):
        raise PasskeyRefusedError("challenge spent")


def _note_refusal(request: Request, services: PageServices, passkey: Passkey, refusal: PasskeyRefusedError) -> None:
    peer = request.client.host if request.client else ""
    with unit_of_work(services.engine) as session:
        record(
            session,
            AuditKind.SIGN_IN_REFUSED,
            user_id=passkey.user_id,
            peer=peer,
            passkey=passkey.name,
            cause=refusal.cause,
        )
