"""Signing keys: which signs, which comes next, and ending one before its time (AS-63)."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from auth_server.administrators import AdminUser
from auth_server.routes.admin.returning import back_to, names_it, said_of
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.signing_key_administration import (
    KeyState,
    UnknownSigningKeyError,
    retire_at_once,
    signing_keys,
)
from auth_server.signing_keys import RotationTooSoonError, rotate
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm
from auth_server.web.signed_in_pages import admin_page
from shared.clock import now
from shared.database import unit_of_work
from shared.relative_time import exact

router = APIRouter(include_in_schema=False)
HERE = "/admin/signing-keys"
SAID = {
    "rotated": "The next key signs from now on, and another one is ready. Tokens signed before stay good.",
    "retired": "The key is gone. Within five minutes no token that it signed opens anything.",
}


@dataclass(frozen=True)
class Refused:
    """What was wrong with the last form: the sentence at the name, at the password, or about the rotation."""

    name: str = ""
    password: str = ""
    rotation: str = ""
    status: int = 200


@router.get(HERE)
def keys_page(services: PageServicesDep, browser: AdminUser, done: str = "") -> Response:
    """Every published key."""
    return _page(services, browser, Refused(), done)


@router.post("/admin/signing-keys/rotate")
def rotate_now(services: PageServicesDep, browser: AdminUser, _form: SessionForm) -> Response:
    """The next key signs from now on."""
    try:
        with unit_of_work(services.engine) as session:
            rotate(session, services.core.signing_seal, by=browser.user.id)
    except RotationTooSoonError as wrong:
        sentence = f"The next key is too new: not everybody knows it yet. It works from {exact(wrong.possible_at)} on."
        return _page(services, browser, Refused(rotation=sentence, status=409))
    return back_to(services, HERE, done="rotated")


@router.post("/admin/signing-keys/retire")
def retire(request: Request, services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """Ends the key whose short name was typed now."""
    with unit_of_work(services.engine, read_only=True) as session:
        found = signing_keys(session, 0).keys
    named = next((key for key in found if names_it(form, key.short) and key.state is KeyState.RETIRED), None)
    if named is None:
        return _page(services, browser, Refused(name="No key that signs no more has this name.", status=400))
    try:
        require_confirmation(request, services, browser, form)
        with unit_of_work(services.engine) as session:
            retire_at_once(session, named.kid, by=browser.user.id)
    except NotConfirmedError as wrong:
        return _page(services, browser, Refused(password=str(wrong), status=wrong.status))
    except UnknownSigningKeyError:
        return back_to(services, HERE)
    return back_to(services, HERE, done="retired")


def _page(services: PageServices, browser: SignedInBrowser, refused: Refused, done: str = "") -> Response:
    with unit_of_work(services.engine, read_only=True) as session:
        found = signing_keys(session, services.settings.signing_key_days)
    return admin_page(
        services,
        browser,
        "admin/signing_keys.html",
        HERE,
        refused.status,
        found=found,
        retired=[key.short for key in found.keys if key.state is KeyState.RETIRED],
        is_possible=now() >= found.possible_at,
        days=services.settings.signing_key_days,
        refused=refused,
        said=said_of(SAID, done),
        confirmation=confirmation(services, browser, refused.password),
    )
