"""Whether the person themselves presses Connect, and not merely somebody who holds their session cookie."""

from fastapi import Request
from sqlmodel import Session

from auth_server.consent.signed_requests import ConsentRequest
from auth_server.sign_in.confirmation import require_password
from auth_server.spent_requests import is_spent
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices
from shared.database import unit_of_work
from shared.forms import Form


def asks_password(session: Session, services: PageServices, proof: str) -> bool:
    """Whether the consent page has a password field: on plain http, unless an unspent proof says enough."""
    return not services.settings.is_https and (not proof or is_spent(session, proof))


def require_presence(
    request: Request, services: PageServices, browser: SignedInBrowser, asked: ConsentRequest, form: Form
) -> str:
    """The proof that the approval spends, or empty when a password was verified or none is needed.

    The second click of a double click needs none: it is answered with what the first one got. Raises
    NotConfirmedError.
    """
    with unit_of_work(services.engine, read_only=True) as session:
        if is_spent(session, asked.nonce):
            return ""
        if services.settings.is_https:
            return "" if is_spent(session, asked.proof) else asked.proof
        if not asks_password(session, services, asked.proof):
            return asked.proof
    require_password(request, services, browser, form, "connect the app")
    return ""
