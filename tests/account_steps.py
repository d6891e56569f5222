"""What people do around having an account: invite, accept, sign up, and follow the links of messages."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.membership.invitations import invite
from auth_server.models import AuditEvent, User
from tests.auth_harness import PASSWORD, AuthHarness
from tests.consent_form import form_fields, own_origin

GRACE = "grace@example.org"


def token_of(link: str) -> str:
    """What a link carries."""
    return parse_qs(urlsplit(link).query)["token"][0]


def invited(auth: AuthHarness, email: str = "", **facts: Any) -> str:
    """The token of a new invitation."""
    with auth.database() as session:
        return token_of(invite(session, auth.settings, email, **facts).link)


def send_form(browser: TestClient, page: str, *, action: str = "", **fields: str) -> Any:
    """Opens `page`, fills in its form, and sends it; the page itself where it is no form."""
    shown = browser.get(page)
    if shown.status_code != 200:
        return shown
    action = action or urlsplit(page).path
    filled = form_fields(shown.text, action) | {name: [value] for name, value in fields.items()}
    return browser.post(action, data=filled, headers=own_origin(browser))


def accept(browser: TestClient, token: str, **fields: str) -> Any:
    """The form of an invitation, sent."""
    return send_form(browser, f"/invitation?token={token}", **({"password": PASSWORD} | fields))


def sign_up(auth: AuthHarness, email: str = GRACE, browser: TestClient | None = None) -> Any:
    """Asks for an account, and waits until the message has left."""
    return _ask(auth, "/sign-up", email, browser)


def forget_password(auth: AuthHarness, email: str = GRACE, browser: TestClient | None = None) -> Any:
    """Asks for a new password, and waits until the message has left."""
    return _ask(auth, "/forgot-password", email, browser)


def make_account(browser: TestClient, token: str, **fields: str) -> Any:
    """The form behind the link of a sign-up, sent."""
    return send_form(browser, f"/verify-email?token={token}", **({"password": PASSWORD} | fields))


def _ask(auth: AuthHarness, page: str, email: str, browser: TestClient | None) -> Any:
    answer = send_form(browser or auth.new_browser(), page, email=email)
    assert auth.services.outbox.drain()
    return answer


def person(auth: AuthHarness, email: str) -> User | None:
    """The account of that address."""
    with auth.database() as session:
        return session.exec(select(User).where(User.email == email)).one_or_none()


def everybody(auth: AuthHarness) -> list[str]:
    """The addresses of all accounts."""
    with auth.database() as session:
        return sorted(session.exec(select(User.email)))


def audited_of(auth: AuthHarness, user_id: str | None = None) -> list[str]:
    """The kinds of all audit events, or of those about one account, in their order."""
    with auth.database() as session:
        events = session.exec(select(AuditEvent).order_by(AuditEvent.sequence))  # type: ignore[arg-type]
        return [event.kind for event in events if user_id in (None, event.user_id)]
