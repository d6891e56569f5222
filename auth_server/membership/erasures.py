"""The end of an account: all of it here at once, and the vault as soon as the resource server has destroyed it."""

from dataclasses import dataclass, field

from sqlmodel import Session, col, or_, select

from auth_server.administration.accounts import announce_account, spare_last_administrator
from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import GrantState
from auth_server.membership.invitations import end_invitations_of
from auth_server.models import Erasure, GrantChange, User
from auth_server.settings import Settings
from auth_server.sign_in.sessions import sign_out_everywhere
from shared.clock import now
from shared.secrets import digest, matches, new_secret

PREFIX = "erasure"
MOST_FACTS = 20
LONGEST_NAME = 40
LONGEST_FACT = 200

Facts = dict[str, str | int]


@dataclass(frozen=True)
class DeletedAccount:
    """The erasure that began, and the address of its certificate, which nobody sees again."""

    erasure: Erasure
    link: str = field(repr=False)


class UnusableFactsError(ValueError):
    """What a resource server says of an erasure is not a small, flat object."""


def delete_account(session: Session, settings: Settings, user: User, *, by: str | None = None) -> DeletedAccount:
    """Ends every credential, deletes the account with all that hangs on it, and asks for the vault's end.

    `by` is the administrator who does it to somebody else. Raises LastAdministratorError.
    """
    spare_last_administrator(session, user)
    # Keys of others that may act in this person's name must be asked about again, too.
    announce_account(session, user)
    sign_out_everywhere(session, user.id, by=by)
    end_invitations_of(session, user.id, by=by)
    secret = new_secret(PREFIX)
    erasure = Erasure(user_id=user.id, digest=digest(secret))
    session.add(erasure)
    record(session, AuditKind.ACCOUNT_DELETED, user_id=user.id, by=by, erasure=erasure.id)
    # News for everybody who listens: each process of a resource server closes what it holds open.
    session.add(GrantChange(grant_id=erasure.id, revision=0, state=GrantState.ERASED))
    session.delete(user)
    session.flush()
    return DeletedAccount(erasure, f"{settings.issuer}/erasures/{erasure.id}?key={secret}")


def find_erasure(session: Session, erasure_id: str, secret: str) -> Erasure | None:
    """The erasure, for whoever has the secret of its address."""
    erasure = session.get(Erasure, erasure_id)
    return erasure if erasure is not None and matches(secret, erasure.digest) else None


def erasures_to_tell(session: Session, told: list[GrantChange], *, is_first: bool) -> list[Erasure]:
    """Those that nobody acknowledged, those that are news; to a resource server that begins to listen, all of them.

    Its database may have been taken back to a state in which somebody who is gone was still there.
    """
    chosen = select(Erasure).order_by(col(Erasure.requested_at))
    if not is_first:
        news = [change.grant_id for change in told if change.state == GrantState.ERASED]
        chosen = chosen.where(or_(col(Erasure.acknowledged_at).is_(None), col(Erasure.id).in_(news)))
    return list(session.exec(chosen))


def acknowledge(session: Session, erasure_id: str, facts: object) -> bool:
    """Notes what was destroyed, the first time it is said; False for an erasure that there is not.

    Raises UnusableFactsError.
    """
    said = _checked(facts)
    erasure = session.get(Erasure, erasure_id)
    if erasure is None:
        return False
    if erasure.acknowledged_at is None:
        erasure.acknowledged_at, erasure.facts = now(), said
        session.add(erasure)
        record(session, AuditKind.ACCOUNT_ERASED, user_id=erasure.user_id, erasure=erasure.id)
    return True


def _checked(facts: object) -> Facts:
    if not isinstance(facts, dict) or len(facts) > MOST_FACTS:
        raise UnusableFactsError("facts must be an object of few members")
    for name, value in facts.items():
        is_small = isinstance(value, str) and len(value) <= LONGEST_FACT and value.isprintable()
        if len(name) > LONGEST_NAME or not name.isidentifier() or not (is_small or type(value) is int):
            raise UnusableFactsError("each fact must be a short text or a whole number")
    return facts
