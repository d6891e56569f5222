"""People and service accounts as an administrator finds them; never with what they remember (AS-119)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, func, select

from auth_server.administration.listed import Window, windowed
from auth_server.administration.live import grants_are_live, keys_are_live
from auth_server.administration.text_search import matches_text
from auth_server.models import ApiKey, BrowserSession, Grant, LinkedIdentity, Passkey, User, UserKind
from shared.clock import now


class Kind(StrEnum):
    """Which accounts to list."""

    ALL = "all"
    ADMINISTRATORS = "administrators"
    DISABLED = "disabled"
    SERVICES = "services"


CONDITIONS: dict[Kind, ColumnElement[bool]] = {
    Kind.ALL: true(),
    Kind.ADMINISTRATORS: col(User.is_admin).is_(True),
    Kind.DISABLED: col(User.disabled_at).is_not(None),
    Kind.SERVICES: col(User.kind) == UserKind.SERVICE,
}


@dataclass(frozen=True)
class ListedAccount:
    """One line of the list; `apps` and `keys` are those that work now."""

    id: str
    kind: UserKind
    email: str
    name: str
    is_admin: bool
    is_disabled: bool
    created_at: datetime
    last_signed_in_at: datetime | None
    apps: int
    keys: int

    @property
    def called(self) -> str:
        """What people know the account by."""
        return self.name if self.kind == UserKind.SERVICE else self.email


@dataclass(frozen=True)
class SignInWays:
    """How the account is opened, and in how many browsers it is open now."""

    has_password: bool
    asks_code: bool
    passkeys: int
    providers: tuple[str, ...]
    browsers: int


def search_accounts(session: Session, window: Window, search: str = "", kind: Kind = Kind.ALL) -> list[ListedAccount]:
    """Newest first; `search` looks at addresses and names."""
    wanted = select(User).where(CONDITIONS[kind], matches_text(search, col(User.email), col(User.name)))
    users = session.exec(windowed(wanted, window, col(User.created_at), col(User.id))).all()
    return describe_accounts(session, users)


def describe_account(session: Session, user: User) -> ListedAccount:
    """The one line of this account."""
    return describe_accounts(session, [user])[0]


def describe_accounts(session: Session, users: Sequence[User]) -> list[ListedAccount]:
    """Their lines, with two questions for all of them."""
    ids = [user.id for user in users]
    distinct_apps = func.count(func.distinct(Grant.client_id))
    held = select(Grant.user_id, distinct_apps).where(col(Grant.user_id).in_(ids), *grants_are_live())
    apps = dict(session.exec(held.group_by(col(Grant.user_id))).all())
    owned = select(ApiKey.user_id, func.count()).where(col(ApiKey.user_id).in_(ids), *keys_are_live())
    keys = dict(session.exec(owned.group_by(col(ApiKey.user_id))).all())
    return [_listed(user, apps.get(user.id, 0), keys.get(user.id, 0)) for user in users]


def sign_in_ways(session: Session, user: User) -> SignInWays:
    """Everything that opens the account."""
    passkeys = select(func.count()).select_from(Passkey).where(Passkey.user_id == user.id)
    providers = select(LinkedIdentity.provider).where(LinkedIdentity.user_id == user.id)
    open_now = (BrowserSession.user_id == user.id, col(BrowserSession.expires_at) > now())
    return SignInWays(
        has_password=user.has_password,
        asks_code=user.asks_code,
        passkeys=session.exec(passkeys).one(),
        providers=tuple(session.exec(providers.order_by(col(LinkedIdentity.provider)))),
        browsers=session.exec(select(func.count()).select_from(BrowserSession).where(*open_now)).one(),
    )


def _listed(user: User, apps: int, keys: int) -> ListedAccount:
    return ListedAccount(
        id=user.id,
        kind=UserKind(user.kind),
        email=user.email,
        name=user.name,
        is_admin=user.is_admin,
        is_disabled=user.disabled_at is not None,
        created_at=user.created_at,
        last_signed_in_at=user.last_signed_in_at,
        apps=apps,
        keys=keys,
    )
