"""A person's own API keys: made and shown once, looked at, revoked and forgotten (AS-96, decision M32)."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from auth_server.consent.choice import UnusableChoiceError
from auth_server.consent.signed_requests import StaleRequestError
from auth_server.keys.api_keys import KeyDraft, NewKey, UnusableKeyError, create_key, delete_key, own_key, revoke_key
from auth_server.keys.key_form import draft_of, fresh_key_form, read_key_form
from auth_server.keys.key_pages import KEYS, Problem, show_key, show_key_form, show_keys, show_new_key
from auth_server.models import ApiKey, User
from auth_server.sign_in.confirmation import NotConfirmedError, require_confirmation
from auth_server.spent_requests import claim, forget_spent_requests, is_spent
from auth_server.web.browser import SignedInBrowser
from auth_server.web.error_pages import PageProblem
from auth_server.web.once_forms import FIELD, read_nonce
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)
DONE = {
    "revoked": "The key is revoked. Within five seconds nothing it opened is open any more.",
    "deleted": "The key is deleted.",
}
"""What has just been done, by the name that stands in the address."""
ANSWERED = (
    "This form was sent before, and a key was made then: no second one was. If you did not copy it, look for it below "
    "and replace it."
)
STALE = "This page lay open for a while. Look it over, then press the button once more."


@router.get(KEYS)
def keys_page(services: PageServicesDep, browser: SignedIn, done: str = "") -> Response:
    """All keys of the person, those that ended too."""
    return show_keys(services, browser, DONE.get(done, ""))


@router.get(f"{KEYS}/new")
def new_key_page(services: PageServicesDep, browser: SignedIn) -> Response:
    """The form of a new key."""
    return show_key_form(services, browser, fresh_key_form(), Problem())


@router.post(KEYS)
def make_key(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """The page that shows the key, or the form again; a form that is sent twice makes one key."""
    chosen = read_key_form(form)
    try:
        nonce = _unspent_nonce(services, browser, form)
        draft = draft_of(chosen, browser.user)
        require_confirmation(request, services, browser, form)
        with unit_of_work(services.engine) as session:
            made = _make_once(session, browser, nonce, draft)
    except StaleRequestError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        if refusal.reason is Reason.FORM_ANSWERED:
            return show_keys(services, browser, warning=ANSWERED, status=409)
        return show_key_form(services, browser, chosen, Problem(STALE), 403)
    except (UnusableKeyError, UnusableChoiceError) as wrong:
        note_refusal(Step.ACCOUNT, Reason.CHOICE_UNUSABLE)
        return show_key_form(services, browser, chosen, Problem(str(wrong), wrong.field), 400)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        again = show_key_form(services, browser, chosen, Problem(str(refusal), "password"), refusal.status)
        return refusal.come_back(again)
    return show_new_key(services, browser, made)


@router.get(f"{KEYS}/{{key_id}}")
def key_page(key_id: str, services: PageServicesDep, browser: SignedIn) -> Response:
    """One key."""
    with unit_of_work(services.engine, read_only=True) as session:
        key = known_key(session, browser, key_id)
    return show_key(services, browser, key, Problem())


@router.post(f"{KEYS}/{{key_id}}/revoke")
def revoke(key_id: str, services: PageServicesDep, browser: SignedIn, _form: SessionForm) -> Response:
    """Ends it; it stays in the list of those that ended."""
    with unit_of_work(services.engine) as session:
        revoke_key(session, known_key(session, browser, key_id))
    return _back(services, "revoked")


@router.post(f"{KEYS}/{{key_id}}/delete")
def delete(key_id: str, services: PageServicesDep, browser: SignedIn, _form: SessionForm) -> Response:
    """Ends and forgets it."""
    with unit_of_work(services.engine) as session:
        delete_key(session, known_key(session, browser, key_id))
    return _back(services, "deleted")


def known_key(session: Session, browser: SignedInBrowser, key_id: str) -> ApiKey:
    """The person's own key. Raises PageProblem (404) for nobody's and somebody else's."""
    key = own_key(session, browser.user.id, key_id)
    if key is None:
        raise PageProblem(
            "This key is not there",
            "Your account has no API key of that name. Perhaps it was deleted.",
            "API keys shows what there is now.",
            step=Step.ACCOUNT,
            reason=Reason.NOT_CONNECTED,
            status=404,
            link=KEYS,
            link_label="API keys",
        )
    return key


def _unspent_nonce(services: PageServices, browser: SignedInBrowser, form: Form) -> str:
    """Looked at before any password is verified. Raises StaleRequestError."""
    nonce = read_nonce(services, browser, form.one(FIELD))
    with unit_of_work(services.engine, read_only=True) as session:
        if is_spent(session, nonce):
            raise StaleRequestError(Reason.FORM_ANSWERED)
    return nonce


def _make_once(session: Session, browser: SignedInBrowser, nonce: str, draft: KeyDraft) -> NewKey:
    """Raises StaleRequestError and UnusableKeyError, which spend nothing."""
    if not claim(session, nonce):
        raise StaleRequestError(Reason.FORM_ANSWERED)
    forget_spent_requests(session)
    return create_key(session, session.get_one(User, browser.user.id), draft)


def _back(services: PageServices, done: str) -> Response:
    return RedirectResponse(f"{services.paths.to(KEYS)}?done={done}", 303)
