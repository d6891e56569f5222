"""Signing keys: which signs, which comes next, and ending one before its time (AS-63)."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from auth_server.administrators import AdminUser
from auth_server.browser import SignedInBrowser
from auth_server.error_pages import PageProblem
from auth_server.page_services import PageServices, PageServicesDep, SessionForm
from auth_server.relative_time import exact
from auth_server.routes.admin.returning import back_to, names_it, said_of
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.signed_in_pages import admin_page
from auth_server.signing_key_administration import (
    NotRetiredError,
    UnknownSigningKeyError,
    find_signing_key,
    retire_at_once,
    signing_keys,
)
from auth_server.signing_keys import RotationTooSoonError, rotate
from shared.clock import now
from shared.database import unit_of_work
from shared.refusals import Reason, Step

router = APIRouter(include_in_schema=False)
HERE = "/admin/signing-keys"
SAID = {
    "rotated": "The next key signs from now on, and another one is ready. Tokens signed before stay good.",
    "retired": "The key is gone. Within five minutes no token that it signed opens anything.",
}


@dataclass(frozen=True)
class Refused:
    """What was wrong with the last form: for which key, the sentence at its name, the one at its password."""

    kid: str = ""
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
    """Ends the key of the field `kid` now, whose short name was typed."""
    kid = form.one("kid")
    try:
        with unit_of_work(services.engine, read_only=True) as session:
            key = find_signing_key(session, kid)
        if not names_it(form, key.short):
            return _page(services, browser, Refused(kid, name=f"Type {key.short}, as it stands here.", status=400))
        require_confirmation(request, services, browser, form)
        with unit_of_work(services.engine) as session:
            retire_at_once(session, kid, by=browser.user.id)
    except NotConfirmedError as wrong:
        return _page(services, browser, Refused(kid, password=str(wrong), status=wrong.status))
    except (UnknownSigningKeyError, NotRetiredError) as wrong:
        raise _not_there() from wrong
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
        is_possible=now() >= found.possible_at,
        days=services.settings.signing_key_days,
        refused=refused,
        said=said_of(SAID, done),
        confirmation=confirmation(services, browser, refused.password),
    )


def _not_there() -> PageProblem:
    return PageProblem(
        "This key cannot be retired",
        "It is not published any more, or it is in use.",
        "Signing keys shows what there is now. A key that is in use is rotated first.",
        step=Step.ACCOUNT,
        reason=Reason.REQUEST_MALFORMED,
        status=404,
        link=HERE,
        link_label="Signing keys",
    )
