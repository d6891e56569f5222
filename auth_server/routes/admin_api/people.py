"""People and service accounts: found, made, shut out, given and taken rights; never what they remember (AS-119)."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from sqlmodel import Session

from auth_server.administration.accounts import (
    LastAdministratorError,
    NotAPersonError,
    disable_account,
    enable_account,
    make_administrator,
    unmake_administrator,
)
from auth_server.administration.people_listing import (
    Kind,
    SignInWays,
    describe_account,
    search_accounts,
    sign_in_ways,
)
from auth_server.administrators import ApiAdmin
from auth_server.dependencies import ServicesDep, SessionDep
from auth_server.keys.service_accounts import InvalidServiceNameError, find_service, service_account
from auth_server.membership.erasures import delete_account
from auth_server.models import User, UserKind
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.windows import answered, window
from auth_server.routes.admin_api.wire import (
    Filter,
    Listed,
    PagingQuery,
    Text,
    WireModel,
    conflict,
    not_found,
    unusable,
)

router = api_router("people")
KindFilter = Annotated[Kind, Query(description="Which accounts.")]


class WireAccount(WireModel):
    """An account; `apps` and `keys` are those that work now."""

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


class WireSignInWays(WireModel):
    """What opens the account, and in how many browsers it is open now."""

    has_password: bool
    asks_code: bool
    passkeys: int
    providers: tuple[str, ...]
    browsers: int


class WireAccountDetails(WireAccount):
    """One account."""

    sign_in: WireSignInWays


class WireAccountChange(WireModel):
    """What is left out stays."""

    is_admin: bool | None = None
    is_disabled: bool | None = None


class WireErasure(WireModel):
    """An account that was deleted; at the address, shown this once, stands when its memory was destroyed."""

    id: str
    certificate: str


class WireNewService(WireModel):
    """A service account: a program with memories of its own, which nobody signs in as."""

    name: Text


@router.get("/people")
def list_people(
    session: SessionDep, paging: PagingQuery, q: Filter = "", kind: KindFilter = Kind.ALL
) -> Listed[WireAccount]:
    """Newest first; `q` looks at e-mail addresses and names."""
    rows = search_accounts(session, window(paging), q, kind)
    return answered(rows, paging, WireAccount.model_validate, lambda row: row.id)


@router.post("/people/services", status_code=201)
def create_service(body: WireNewService, session: SessionDep, admin: ApiAdmin) -> WireAccount:
    """A service account; people are invited."""
    if find_service(session, body.name) is not None:
        raise conflict("There is a service account of this name.")
    try:
        made = service_account(session, body.name, by=admin.subject)
    except InvalidServiceNameError as wrong:
        raise unusable(str(wrong)) from wrong
    return WireAccount.model_validate(describe_account(session, made))


@router.get("/people/{user_id}")
def get_person(user_id: str, session: SessionDep) -> WireAccountDetails:
    """One account."""
    return _shown(session, _known(session, user_id))


@router.patch("/people/{user_id}")
def change_person(user_id: str, body: WireAccountChange, session: SessionDep, admin: ApiAdmin) -> WireAccountDetails:
    """Shuts the account out or lets it in, gives or takes rights; 409 for the last administrator."""
    user = _known(session, user_id)
    try:
        if body.is_admin is not None:
            (make_administrator if body.is_admin else unmake_administrator)(session, user, by=admin.subject)
        if body.is_disabled is not None:
            (disable_account if body.is_disabled else enable_account)(session, user, by=admin.subject)
    except (LastAdministratorError, NotAPersonError) as refused:
        raise conflict(str(refused)) from refused
    return _shown(session, user)


@router.delete("/people/{user_id}")
def delete_person(user_id: str, session: SessionDep, services: ServicesDep, admin: ApiAdmin) -> WireErasure:
    """The account goes at once, and with it whatever it remembers; 409 for the last administrator."""
    try:
        deleted = delete_account(session, services.settings, _known(session, user_id), by=admin.subject)
    except LastAdministratorError as refused:
        raise conflict(str(refused)) from refused
    return WireErasure(id=deleted.erasure.id, certificate=deleted.link)


def _known(session: Session, user_id: str) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise not_found("person")
    return user


def _shown(session: Session, user: User) -> WireAccountDetails:
    ways: SignInWays = sign_in_ways(session, user)
    line = WireAccount.model_validate(describe_account(session, user))
    return WireAccountDetails(**line.model_dump(), sign_in=WireSignInWays.model_validate(ways))
