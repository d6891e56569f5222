"""Your account: what you are called, the address you sign in with, a copy of everything, and the end of it."""

from collections.abc import Iterator
from contextlib import ExitStack

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from auth_server.audit_log.audit import AuditKind, record
from auth_server.membership.account_export import account_data, archive
from auth_server.membership.memory_export import MemoriesUnreadableError, MemoryStream, export_token
from auth_server.membership.your_account import changing_notice, rename, write_new_address_letter
from auth_server.models import User
from auth_server.people import InvalidPersonError, checked_email
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.sign_in.mail_limits import may_be_written_to
from auth_server.web.browser import SignedInBrowser
from auth_server.web.error_pages import PageProblem
from auth_server.web.mail_pages import peer_of, too_much_mail
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from auth_server.web.signed_in_pages import account_page
from shared.clock import now
from shared.database import unit_of_work
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)
YOU = "/account/you"
NAME_CHANGED = "name"
MAIL_SENT = "mail"


PARTS = {"memories": "", "history": "history", "ledger": "ledger"}
"""The files of a download, and what each is asked for as."""


@router.get(YOU)
def you(services: PageServicesDep, browser: SignedIn, done: str = "") -> Response:
    """The page; `done` says what has just been done."""
    return _you_page(services, browser, done=done)


@router.post(f"{YOU}/name")
def change_name(services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """What the person is called; it may be empty."""
    try:
        with unit_of_work(services.engine) as session:
            rename(session, browser.user.id, form.one("name"))
    except InvalidPersonError as error:
        return _you_page(services, browser, errors={error.field: str(error)}, status=400)
    return RedirectResponse(f"{services.paths.to(YOU)}?done={NAME_CHANGED}", 303)


@router.get(f"{YOU}/email")
def email_page(services: PageServicesDep, browser: SignedIn) -> Response:
    """The form for another address."""
    return _email_page(services, browser)


@router.post(f"{YOU}/email")
def change_email(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Writes to the new address, which has to prove itself, and to the old one, which should know."""
    wanted = form.one("email")
    try:
        email = checked_email(wanted)
        require_confirmation(request, services, browser, form)
    except InvalidPersonError as error:
        return _email_page(services, browser, wanted, error=str(error), status=400)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        return refusal.come_back(_email_page(services, browser, wanted, str(refusal), status=refusal.status))
    if not may_be_written_to(services.core.limiter, "new address", email, peer_of(request)):
        raise too_much_mail()
    user, outbox = browser.user, services.core.outbox
    outbox.later(lambda: changing_notice(services.settings, user.email, email))
    outbox.later(lambda: write_new_address_letter(services.core, user.id, email))
    return RedirectResponse(f"{services.paths.to(YOU)}?done={MAIL_SENT}", 303)


@router.get(f"{YOU}/export")
def export_page(services: PageServicesDep, browser: SignedIn) -> Response:
    """What the download holds."""
    return _export_page(services, browser)


@router.post(f"{YOU}/export")
def export(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """The download, made while it is sent; without memories there is a page and no file."""
    try:
        require_confirmation(request, services, browser, form)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        return refusal.come_back(_export_page(services, browser, str(refusal), refusal.status))
    with unit_of_work(services.engine, read_only=True) as session:
        token = export_token(session, services.core, browser.user.id)
    opened = ExitStack()
    try:
        kept = {
            name: opened.enter_context(services.memory_export.open(token, browser.user.id, part))
            for name, part in PARTS.items()
        }
    except MemoriesUnreadableError:
        raise _memories_unreadable() from None
    name = f"ostiary-{now():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    pieces = _pieces(services, browser.user, kept, opened)
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


def _pieces(services: PageServices, user: User, kept: dict[str, MemoryStream], opened: ExitStack) -> Iterator[bytes]:
    with opened:
        with unit_of_work(services.engine) as session:
            record(session, AuditKind.ACCOUNT_EXPORTED, user_id=user.id)
            account = account_data(session, session.get_one(User, user.id))
        yield from archive(account, kept.pop("memories"), kept)


def _you_page(
    services: PageServices,
    browser: SignedInBrowser,
    *,
    done: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    return account_page(
        services, browser, "account/you.html", YOU, status, user=browser.user, done=done, errors=errors or {}
    )


def _email_page(
    services: PageServices,
    browser: SignedInBrowser,
    wanted: str = "",
    problem: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    asked = confirmation(services, browser, problem)
    return account_page(
        services, browser, "account/you/email.html", YOU, status, wanted=wanted, error=error, confirmation=asked
    )


def _export_page(services: PageServices, browser: SignedInBrowser, problem: str = "", status: int = 200) -> Response:
    asked = confirmation(services, browser, problem)
    return account_page(services, browser, "account/you/export.html", YOU, status, confirmation=asked)


def _memories_unreadable() -> PageProblem:
    return PageProblem(
        "Your data cannot be downloaded right now",
        "The server that keeps your memories does not answer, and a file without them would be missing the most of it.",
        "Try again in a few minutes.",
        step=Step.ACCOUNT,
        reason=Reason.MEMORIES_UNREADABLE,
        status=503,
        retry_after=60,
        link=YOU,
        link_label="Your account",
    )
