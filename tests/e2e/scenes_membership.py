"""Getting an account, getting back into it, and leaving it: every state of these pages, in a real browser."""

from itertools import count

from playwright.sync_api import Page
from sqlmodel import select

from auth_server.membership.erasures import acknowledge, delete_account
from auth_server.membership.invitations import invite
from auth_server.membership.one_time_links import Purpose, issue_link
from auth_server.models import User
from auth_server.people import create_user
from tests.auth_harness import PASSWORD
from tests.e2e.site import ADA, Scene, Site, sign_in

FACTS: dict[str, str | int] = {
    "vault": "destroyed",
    "vault_key_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "vault_key_made_at": "2026-03-01T09:30:00+00:00",
    "master_key_id": "5b1c9d02",
    "bytes_destroyed": 1_204_224,
    "sessions_ended": 2,
    "destroyed_at": "2026-11-28T12:00:00+00:00",
}
_numbers = count()


def invitation(page: Page, site: Site) -> None:
    page.goto(invited(site, ""))


def invitation_for_an_address(page: Page, site: Site) -> None:
    page.goto(invited(site, new_address(), is_admin=True))


def invitation_refused(page: Page, site: Site) -> None:
    invitation(page, site)
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.locator("[aria-invalid]").wait_for()


def invitation_dead(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/invitation?token=inv_unknown")


def sign_up(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")
    page.get_by_role("link", name="Make an account").click()


def sign_up_check_your_mail(page: Page, site: Site) -> None:
    sign_up(page, site)
    page.get_by_label("E-mail").fill(new_address())
    page.get_by_role("button", name="Send the link").click()
    page.get_by_role("heading", name="Check your mail").wait_for()


def new_account(page: Page, site: Site) -> None:
    page.goto(link(site, Purpose.SIGN_UP, new_address()))


def mail_link_dead(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/verify-email?token=link_unknown")


def forgot_password(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")
    page.get_by_role("link", name="Forgot your password?").click()


def forgot_password_check_your_mail(page: Page, site: Site) -> None:
    forgot_password(page, site)
    page.get_by_label("E-mail").fill(new_address())
    page.get_by_role("button", name="Send the link").click()
    page.get_by_role("heading", name="Check your mail").wait_for()


def reset_password(page: Page, site: Site) -> None:
    page.goto(link(site, Purpose.PASSWORD_RESET, ADA))


def reset_password_refused(page: Page, site: Site) -> None:
    reset_password(page, site)
    page.get_by_label("New password").fill("too short")
    page.get_by_role("button", name="Set password").click()
    page.locator("[aria-invalid]").wait_for()


def new_address_confirmed(page: Page, site: Site) -> None:
    page.goto(link(site, Purpose.NEW_ADDRESS, new_address()))


def your_account(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/account/you")


def your_account_mail_sent(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/account/you?done=mail")


def another_address(page: Page, site: Site) -> None:
    your_account(page, site)
    page.get_by_role("link", name="Change address").click()


def another_address_refused(page: Page, site: Site) -> None:
    another_address(page, site)
    page.get_by_label("New e-mail").fill("hopper@example.org")
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Send the link").click()
    page.locator("[aria-invalid]").wait_for()


def download_your_data(page: Page, site: Site) -> None:
    your_account(page, site)
    page.get_by_role("link", name="Download your data").click()


def delete_account_page(page: Page, site: Site) -> None:
    your_account(page, site)
    page.get_by_role("link", name="Look at what is lost").click()


def delete_account_refused(page: Page, site: Site) -> None:
    delete_account_page(page, site)
    page.get_by_label("Type ada@example.org").fill("grace@example.org")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete").click()
    page.locator("[aria-invalid]").wait_for()


def erasure_pending(page: Page, site: Site) -> None:
    page.goto(erased(site))


def erasure_done(page: Page, site: Site) -> None:
    page.goto(erased(site, FACTS))


MEMBERSHIP_SCENES: tuple[Scene, ...] = (
    invitation,
    invitation_for_an_address,
    invitation_refused,
    invitation_dead,
    sign_up,
    sign_up_check_your_mail,
    new_account,
    mail_link_dead,
    forgot_password,
    forgot_password_check_your_mail,
    reset_password,
    reset_password_refused,
    new_address_confirmed,
    your_account,
    your_account_mail_sent,
    another_address,
    another_address_refused,
    download_your_data,
    delete_account_page,
    delete_account_refused,
    erasure_pending,
    erasure_done,
)


def new_address() -> str:
    """One that nobody had before, for limits count by address."""
    return f"grace{next(_numbers)}@example.org"


def invited(site: Site, email: str, *, is_admin: bool = False) -> str:
    """The link of an invitation by Ada."""
    with site.auth.database() as session:
        ada = session.exec(select(User.id).where(User.email == ADA)).one()
        return invite(session, site.auth.settings, email, is_admin=is_admin, by=ada).link


def link(site: Site, purpose: Purpose, email: str) -> str:
    """The link of a message to Ada's account."""
    with site.auth.database() as session:
        ada = session.exec(select(User.id).where(User.email == ADA)).one()
        return issue_link(session, site.auth.settings, purpose, email=email, user_id=ada)


def erased(site: Site, facts: dict[str, str | int] | None = None) -> str:
    """Where somebody follows the end of their account; with `facts` it has come."""
    with site.auth.database() as session:
        deleted = delete_account(session, site.auth.settings, create_user(session, new_address(), PASSWORD))
        if facts:
            acknowledge(session, deleted.erasure.id, facts)
        return deleted.link
