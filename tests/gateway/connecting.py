"""Apps that are connected to one server at its own address."""

import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from auth_server.oauth.pkce import challenge_of
from tests.consent_form import approve_in_browser
from tests.doors import REDIRECT_URI, Connection, Person
from tests.key_holders import KeyHolder
from tests.loopback import LOOPBACK


def connect(person: Person, address: str, client_id: str | None = None, **asked: Any) -> Connection:
    """An app whose person pressed Connect for that address, and left the page as it was."""
    doors = person.doors
    client_id, verifier = client_id or doors.register(), secrets.token_urlsafe(48)
    request = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "resource": address,
        "state": "s",
    }
    location = approve_in_browser(person.browser, request | asked, {})
    code = parse_qs(urlsplit(location).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "client_id": client_id, "code_verifier": verifier}
    token = httpx2.post(f"{doors.issuer}/token", data=form, **LOOPBACK)
    assert token.status_code == 200, token.text
    return Connection(address, client_id, token.json())


def at(address: str, app: KeyHolder | Connection) -> Any:
    """The same app at another address."""
    return replace(app, mcp_url=address)
