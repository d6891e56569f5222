"""The security pages and the sign-in steps they bring, in every state: how to get there, in a real browser."""

from itertools import count

import pyotp
from playwright.sync_api import Page
from sqlmodel import select

from auth_server.models import Passkey, User
from tests.auth_harness import PASSWORD
from tests.e2e.site import Scene, Site, sign_in
from tests.spec.code_steps import AUTHENTICATOR

_numbers = count()


def security(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(f"{site.url}/account/security")


def new_password(page: Page, site: Site) -> None:
    security(page, site)
    page.get_by_role("link", name="Change password").click()


def new_password_refused(page: Page, site: Site) -> None:
    new_password(page, site)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("New password").fill("too short")
    page.get_by_role("button", name="Change password").click()
    page.locator("[aria-invalid]").wait_for()


def log_out_everywhere(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/account/security/log-out-everywhere")


def authenticator(page: Page, site: Site) -> None:
    security(page, site)
    page.get_by_role("link", name="Set up the authenticator app").click()


def authenticator_offered(page: Page, site: Site) -> None:
    authenticator(page, site)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up the app").click()
    page.get_by_text("Type it instead").click()


def authenticator_refused(page: Page, site: Site) -> None:
    authenticator_offered(page, site)
    page.get_by_label("The code that the app shows now").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    page.locator("[aria-invalid]").wait_for()


def recovery_codes(page: Page, site: Site) -> None:
    newcomer(page, site)
    page.goto(f"{site.url}{AUTHENTICATOR}")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up the app").click()
    words = page.locator(".address code").text_content() or ""
    page.get_by_label("The code that the app shows now").fill(pyotp.TOTP(words.replace(" ", "")).now())
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("heading", name="Save these recovery codes").wait_for()


def passkey_name(page: Page, site: Site) -> None:
    security(page, site)
    page.get_by_role("link", name="Add a passkey").click()


def passkey_name_refused(page: Page, site: Site) -> None:
    passkey_name(page, site)
    page.get_by_label("What to call it").fill("My phone")
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Go on").click()
    page.locator("[aria-invalid]").wait_for()


def passkey_made(page: Page, site: Site) -> None:
    passkey_name(page, site)
    page.get_by_label("What to call it").fill("My phone")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Make the passkey").wait_for()


def passkey_one(page: Page, site: Site) -> None:
    security_with_everything(page, site)
    page.get_by_role("link", name="Change My phone").click()


def security_with_everything(page: Page, site: Site) -> None:
    recovery_codes(page, site)
    email = page.locator(".masthead-account span").first.text_content() or ""
    with site.auth.database() as session:
        owner = session.exec(select(User).where(User.email == email)).one()
        for name in ("My phone", "Security key in the drawer"):
            session.add(Passkey(id=f"{owner.id}-{len(name)}", user_id=owner.id, name=name, public_key=b""))
    page.get_by_role("link", name="I have saved them").click()


def authenticator_on(page: Page, site: Site) -> None:
    security_with_everything(page, site)
    page.get_by_role("link", name="Change the authenticator app").click()


def login_code(page: Page, site: Site) -> None:
    recovery_codes(page, site)
    email = page.locator(".masthead-account span").first.text_content() or ""
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Enter your code").wait_for()


def login_code_refused(page: Page, site: Site) -> None:
    login_code(page, site)
    page.get_by_text("Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill("not one of them")
    page.get_by_role("button", name="Sign in with it").click()
    page.locator("[aria-invalid]").wait_for()


def login_code_over(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login/code?step=unknown")


def newcomer(page: Page, site: Site) -> None:
    """Somebody who signs in here for the first time."""
    email = f"person{next(_numbers)}@example.org"
    site.auth.create_user(email)
    sign_in(page, site, email)


SECURITY_SCENES: tuple[Scene, ...] = (
    security,
    new_password,
    new_password_refused,
    log_out_everywhere,
    authenticator,
    authenticator_offered,
    authenticator_refused,
    recovery_codes,
    passkey_name,
    passkey_name_refused,
    passkey_made,
    passkey_one,
    security_with_everything,
    authenticator_on,
    login_code,
    login_code_refused,
    login_code_over,
)
