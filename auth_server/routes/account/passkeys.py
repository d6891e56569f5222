"""A person's passkeys: one page to add one, one for each that there is."""

from fastapi import APIRouter, Request, Response

from auth_server.models import Passkey
from auth_server.routes.account.security import SECURITY, back_to_security
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.sign_in.passkey_ceremonies import PasskeyRefusedError
from auth_server.sign_in.passkeys import (
    LastWayInError,
    UnusableNameError,
    add_passkey,
    checked_name,
    own_passkey,
    passkeys_of,
    remove_passkey,
)
from auth_server.web.browser import SignedInBrowser
from auth_server.web.content_policy import allow_script, new_script_nonce
from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from auth_server.web.signed_in_pages import account_page
from shared.database import unit_of_work
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)
ADD = f"{SECURITY}/passkeys/new"
ONE = f"{SECURITY}/passkeys/one"


@router.get(ADD)
def new_passkey_page(services: PageServicesDep, browser: SignedIn) -> Response:
    """Its name, and the person's confirmation."""
    return _name_page(services, browser)


@router.post(ADD)
def ask_for_passkey(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """The page whose button makes the browser ask; confirmed, and good for five minutes."""
    try:
        name = checked_name(form.one("name"))
        require_confirmation(request, services, browser, form)
    except UnusableNameError as refusal:
        note_refusal(Step.ACCOUNT, Reason.CHOICE_UNUSABLE)
        return _name_page(services, browser, name_problem=str(refusal), status=400)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        again = _name_page(services, browser, form.one("name"), problem=str(refusal), status=refusal.status)
        return refusal.come_back(again)
    with unit_of_work(services.engine, read_only=True) as session:
        known = passkeys_of(session, browser.user.id)
    nonce = new_script_nonce()
    page = account_page(
        services,
        browser,
        "account/security/passkey_create.html",
        SECURITY,
        name=name,
        question=services.passkeys.ask_to_create(browser.session_digest, browser.user, name, known),
        script_nonce=nonce,
    )
    return allow_script(page, nonce)


@router.post(f"{SECURITY}/passkeys")
def keep_passkey(services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Keeps what the device made; what does not verify leads back to the first page."""
    try:
        challenge = services.passkeys.open("create", browser.session_digest, form.one("challenge"))
        verified = services.passkeys.verify_new(form.one("credential"), challenge)
        with unit_of_work(services.engine) as session:
            add_passkey(session, browser.user.id, challenge.value, challenge.name, verified)
    except PasskeyRefusedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason, cause=refusal.cause)
        return _name_page(services, browser, name_problem=refusal.sentence, status=400)
    return back_to_security(services, "passkey-added")


@router.get(ONE)
def passkey_page(services: PageServicesDep, browser: SignedIn, passkey: str = "") -> Response:
    """One passkey: another name, or its end."""
    with unit_of_work(services.engine, read_only=True) as session:
        found = own_passkey(session, browser.user.id, passkey)
    if found is None:
        raise _gone()
    return _one_page(services, browser, found)


@router.post(f"{SECURITY}/passkeys/rename")
def rename(services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Another name."""
    with unit_of_work(services.engine) as session:
        found = own_passkey(session, browser.user.id, form.one("passkey"))
        if found is None:
            raise _gone()
        try:
            found.name = checked_name(form.one("name"))
        except UnusableNameError as refusal:
            note_refusal(Step.ACCOUNT, Reason.CHOICE_UNUSABLE)
            return _one_page(services, browser, found, name_problem=str(refusal), status=400)
    return back_to_security(services, "passkey-renamed")


@router.post(f"{SECURITY}/passkeys/remove")
def remove(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Its end, confirmed."""
    with unit_of_work(services.engine, read_only=True) as session:
        found = own_passkey(session, browser.user.id, form.one("passkey"))
    if found is None:
        raise _gone()
    try:
        require_confirmation(request, services, browser, form)
        with unit_of_work(services.engine) as session:
            remove_passkey(session, session.get_one(Passkey, found.id))
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        return refusal.come_back(_one_page(services, browser, found, str(refusal), status=refusal.status))
    except LastWayInError:
        note_refusal(Step.ACCOUNT, Reason.CHOICE_UNUSABLE)
        problem = "You could not sign in any more without it. Set a password first, or add another passkey."
        return _one_page(services, browser, found, last_way=problem, status=409)
    return back_to_security(services, "passkey-removed")


def _name_page(
    services: PageServices,
    browser: SignedInBrowser,
    name: str = "",
    *,
    name_problem: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    return account_page(
        services,
        browser,
        "account/security/passkey_new.html",
        SECURITY,
        status,
        name=name,
        name_problem=name_problem,
        confirmation=confirmation(services, browser, problem),
    )


def _one_page(
    services: PageServices,
    browser: SignedInBrowser,
    passkey: Passkey,
    problem: str = "",
    *,
    name_problem: str = "",
    last_way: str = "",
    status: int = 200,
) -> Response:
    return account_page(
        services,
        browser,
        "account/security/passkey.html",
        SECURITY,
        status,
        passkey=passkey,
        name_problem=name_problem,
        last_way=last_way,
        confirmation=confirmation(services, browser, problem),
    )


def _gone() -> PageProblem:
    return PageProblem(
        "There is no such passkey",
        "It was removed before, or it is somebody else's.",
        "Security shows your passkeys.",
        step=Step.ACCOUNT,
        reason=Reason.NOT_CONNECTED,
        status=404,
        link=SECURITY,
        link_label="Security",
    )
