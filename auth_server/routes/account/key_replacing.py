"""A key gets a successor of the same reach; the old one ends now, or in a few days when every program has the new."""

from fastapi import APIRouter, Request, Response

from auth_server.keys.api_keys import UnusableKeyError, rotate_key
from auth_server.keys.key_form import read_overlap
from auth_server.keys.key_pages import KEYS, Problem, show_key, show_new_key
from auth_server.routes.account.keys import known_key
from auth_server.sign_in.confirmation import NotConfirmedError, require_confirmation
from auth_server.web.page_services import PageServicesDep, SessionForm, SignedIn
from shared.database import unit_of_work
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)


@router.post(f"{KEYS}/{{key_id}}/replace")
def replace(key_id: str, request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """The page that shows the new key; a form that is sent twice finds the key replaced."""
    with unit_of_work(services.engine, read_only=True) as session:
        key = known_key(session, browser, key_id)
    try:
        overlap = read_overlap(form)
        require_confirmation(request, services, browser, form)
        with unit_of_work(services.engine) as session:
            replaced = known_key(session, browser, key_id)
            session.refresh(replaced, with_for_update=True)
            made = rotate_key(session, replaced, overlap=overlap)
    except UnusableKeyError as wrong:
        note_refusal(Step.ACCOUNT, Reason.CHOICE_UNUSABLE)
        return show_key(services, browser, key, Problem(str(wrong), wrong.field), 400)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        again = show_key(services, browser, key, Problem(str(refusal), "password"), refusal.status)
        return refusal.come_back(again)
    return show_new_key(services, browser, made, replaced)
