"""Deleting one's own account: what will be lost first, the address typed as a last word, and where to follow it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from auth_server.administration.accounts import LastAdministratorError, is_last_administrator
from auth_server.mail.letters import account_deleted_letter
from auth_server.membership.erasures import delete_account
from auth_server.membership.losses import losses_of
from auth_server.membership.memory_export import export_token
from auth_server.models import User
from auth_server.people import normal_email
from auth_server.routes.account.you import YOU
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from auth_server.web.signed_in_pages import account_page
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Step, note_refusal

router = APIRouter(include_in_schema=False)
PAGE = f"{YOU}/delete"


@router.get(PAGE)
def delete_page(services: PageServicesDep, browser: SignedIn) -> Response:
    """What will be lost, or that the last administrator cannot leave."""
    return _page(services, browser)


@router.post(PAGE)
def delete(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Ends the account and leads to the page that says when nothing of it is left."""
    try:
        _check_typed(browser, form)
        require_confirmation(request, services, browser, form)
        link = _delete(services, browser.user.id)
    except WrongAddressError as wrong:
        return _page(services, browser, error=str(wrong), status=400)
    except LastAdministratorError:
        return _page(services, browser, status=409)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        return refusal.come_back(_page(services, browser, str(refusal), status=refusal.status))
    email, settings = browser.user.email, services.settings
    services.core.outbox.later(lambda: account_deleted_letter(email, link, settings.issuer))
    response = RedirectResponse(link.removeprefix(settings.issuer_origin), 303)
    services.cookies.drop(response, services.cookies.session)
    services.cookies.drop(response, services.cookies.device)
    return response


class WrongAddressError(ValueError):
    """What was typed is not the address of the account; the text is a sentence for people."""


def _check_typed(browser: SignedInBrowser, form: Form) -> None:
    if normal_email(form.one("email")) != browser.user.email:
        raise WrongAddressError("Type the address of this account to delete it.")


def _delete(services: PageServices, user_id: str) -> str:
    with unit_of_work(services.engine) as session:
        return delete_account(session, services.settings, session.get_one(User, user_id)).link


def _page(
    services: PageServices,
    browser: SignedInBrowser,
    problem: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    user_id = browser.user.id
    with unit_of_work(services.engine, read_only=True) as session:
        losses, token = losses_of(session, user_id), export_token(session, services.core, user_id)
        obstacle = str(LastAdministratorError()) if is_last_administrator(session, user_id) else ""
    return account_page(
        services,
        browser,
        "account/you/delete.html",
        YOU,
        status,
        losses=losses,
        memories=services.memory_export.count(token, user_id),
        confirmation=confirmation(services, browser, problem),
        error=error,
        obstacle=obstacle,
    )
