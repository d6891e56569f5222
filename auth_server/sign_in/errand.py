"""What waits behind a sign-in: often an app's authorization request, and what it says of the sign-in itself."""

from urllib.parse import parse_qs, urlsplit

from auth_server.people import MAX_EMAIL_LENGTH
from auth_server.web.page_services import PageServices


def is_request_of_an_app(services: PageServices, target: str) -> bool:
    """An app waits also when nobody can say its name yet, for its document is read after the sign-in (AS-79)."""
    return urlsplit(target).path == services.paths.to("/authorize")


def needs_proof(services: PageServices, target: str) -> bool:
    """Whether the way on has to show that somebody has just signed in for this very request.

    On plain http always; with https when the app asks for a sign-in of now (OpenID Connect Core §3.1.2.1).
    """
    if not is_request_of_an_app(services, target):
        return False
    asked = parse_qs(urlsplit(target).query)
    wants_sign_in = "max_age" in asked or "login" in " ".join(asked.get("prompt", ())).split()
    return wants_sign_in or not services.settings.is_https


def login_hint(services: PageServices, target: str) -> str:
    """Whom the app expects: what the form has in its e-mail field at first (OpenID Connect Core §3.1.2.1)."""
    if not is_request_of_an_app(services, target):
        return ""
    hint = parse_qs(urlsplit(target).query).get("login_hint", [""])[0]
    return hint if len(hint) <= MAX_EMAIL_LENGTH and "@" in hint and hint.isprintable() else ""
