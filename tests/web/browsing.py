"""A person at the pages of servers: an HTTP client whose cookies go to all ports of a host, as a browser's do."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from auth_server.people import create_user
from shared.urls import origin_of
from tests.consent_form import PASSWORD, form_fields
from tests.doors import Doors
from tests.key_holders import auth_session
from tests.loopback import LOOPBACK

SERVERS = "/servers"


@dataclass(frozen=True)
class Visitor:
    """Somebody with an account; `http` is their browser."""

    doors: Doors
    email: str
    user_id: str
    http: httpx2.Client = field(repr=False)

    def get(self, path: str) -> httpx2.Response:
        """A page of the resource server, redirects not followed."""
        return self.http.get(path if "://" in path else self.doors.origin + path)

    def page(self, path: str) -> str:
        """Its HTML; whoever is not signed in there presses Continue on the way."""
        answer = self.get(path)
        if answer.status_code == 303:
            answer = self.get(self.go_on(answer.headers["location"]))
        assert answer.status_code == 200, f"{answer.status_code} {answer.text[:1500]}"
        return answer.text

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> httpx2.Response:
        """A form of one of these pages."""
        address = self.doors.origin + path
        return self.http.post(address, data=fields, headers={"Origin": self.doors.origin} | headers)

    def submit(self, page: str, action: str, **changes: Any) -> httpx2.Response:
        """The form on `page` that goes to `action`, filled in and sent."""
        fields = form_fields(self.page(page), action) | changes
        return self.post(action, fields)

    def go_on(self, question: str, **more: Any) -> str:
        """Through the authorization server's pages; gives where its answer led on the resource server."""
        return str(self.come_back(self.answer(question, **more)).headers["location"])

    def answer(self, question: str, decision: str = "approve") -> str:
        """The address with which the authorization server sends the browser back."""
        page = self.http.get(question)
        while page.status_code == 303:
            page = self.http.get(self._absolute(page.headers["location"]))
        if "/login" in str(page.url):
            page = self._sign_in(page)
        fields = form_fields(page.text, "/authorize") | {"decision": [decision]}
        if "password" in fields:
            fields |= {"password": [PASSWORD]}
        issuer = self.doors.issuer
        pressed = self.http.post(f"{issuer}/authorize", data=fields, headers={"Origin": origin_of(issuer)})
        assert pressed.status_code == 303, pressed.text[:1500]
        return str(pressed.headers["location"])

    def come_back(self, address: str) -> httpx2.Response:
        """The browser follows that redirect."""
        came = self.http.get(address)
        assert came.status_code == 303, came.text[:1500]
        return came

    def _sign_in(self, page: httpx2.Response) -> httpx2.Response:
        issuer = self.doors.issuer
        fields = form_fields(page.text, "/login") | {"email": [self.email], "password": [PASSWORD]}
        signed = self.http.post(f"{issuer}/login", data=fields, headers={"Origin": origin_of(issuer)})
        assert signed.status_code == 303, signed.text[:1500]
        return self.http.get(self._absolute(signed.headers["location"]))

    def _absolute(self, location: str) -> str:
        return location if "://" in location else origin_of(self.doors.issuer) + location


def new_visitor(doors: Doors, *, is_admin: bool = False) -> Visitor:
    """A new account, and a browser that is signed in nowhere."""
    email = f"{secrets.token_hex(4)}@example.org"
    with auth_session(doors) as session:
        user_id = create_user(session, email, PASSWORD, is_admin=is_admin).id
    return Visitor(doors, email, user_id, httpx2.Client(**LOOPBACK))


def parameters_of(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
