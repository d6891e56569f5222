"""The keys that sign access tokens: listed, rotated, retired before their time."""

from datetime import datetime

from pydantic import Field

from auth_server.administrators import ApiAdmin
from auth_server.dependencies import ServicesDep, SessionDep
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.wire import WireModel, conflict, not_found
from auth_server.signing_key_administration import (
    KeyState,
    NotRetiredError,
    UnknownSigningKeyError,
    retire_at_once,
    signing_keys,
)
from auth_server.signing_keys import RotationTooSoonError, rotate

router = api_router("signing keys")


class WireSigningKey(WireModel):
    """A published key."""

    kid: str
    state: KeyState
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    published_until: datetime | None


class WireSigningKeys(WireModel):
    """Every published key."""

    items: list[WireSigningKey]
    possible_at: datetime = Field(description="From when on the next key may take over.")
    due_at: datetime | None = Field(description="When it will do so by itself; null where nothing is scheduled.")


@router.get("/signing-keys")
def listed(session: SessionDep, services: ServicesDep) -> WireSigningKeys:
    """The key that signs, the next one, and those that signed tokens which may still live."""
    found = signing_keys(session, services.settings.signing_key_days)
    items = [WireSigningKey.model_validate(key) for key in found.keys]
    return WireSigningKeys(items=items, possible_at=found.possible_at, due_at=found.due_at)


@router.post("/signing-keys/rotate")
def rotated(session: SessionDep, services: ServicesDep, administrator: ApiAdmin) -> WireSigningKeys:
    """The next key signs from now on; tokens that were signed before stay good."""
    try:
        rotate(session, services.signing_seal, by=administrator.subject)
    except RotationTooSoonError as wrong:
        raise conflict(
            f"The next key is too new; rotate at {wrong.possible_at:%Y-%m-%dT%H:%M:%SZ} or later."
        ) from wrong
    session.flush()
    return listed(session, services)


@router.post("/signing-keys/{kid}/retire")
def retired(kid: str, session: SessionDep, services: ServicesDep, administrator: ApiAdmin) -> WireSigningKeys:
    """Takes a retired key out of the published set; access tokens that it signed are refused within five minutes."""
    try:
        retire_at_once(session, kid, by=administrator.subject)
    except UnknownSigningKeyError as wrong:
        raise not_found("published key") from wrong
    except NotRetiredError as wrong:
        raise conflict("This key is in use; rotate first.") from wrong
    session.flush()
    return listed(session, services)
