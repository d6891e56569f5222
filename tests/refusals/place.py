"""Where connections fail: one authorization server with Ada signed in, a web of documents, and a browser of hers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from starlette.testclient import TestClient

from auth_server.trust.rules import RegistrationMode, allow_documents, set_registration_mode
from tests.auth_harness import AuthHarness, RegisteredClient
from tests.consent_form import consent_fields, own_origin
from tests.document_host import DocumentHost

_numbers = count()


@dataclass(frozen=True)
class Place:
    """Short words for the tables of ways."""

    auth: AuthHarness
    web: DocumentHost

    @property
    def http(self) -> TestClient:
        """Ada's browser, which is also every app's way to the endpoints."""
        return self.auth.http

    @contextmanager
    def registration(self, mode: RegistrationMode) -> Iterator[None]:
        """An administrator turns the switch, and back."""
        for turned in (mode, RegistrationMode.OPEN):
            with self.auth.database() as session:
                set_registration_mode(session, turned)
            if turned is mode:
                yield

    @contextmanager
    def without_documents(self) -> Iterator[None]:
        """An administrator turns documents off, and on again."""
        for is_allowed in (False, True):
            with self.auth.database() as session:
                allow_documents(session, is_allowed)
            if not is_allowed:
                yield

    def address(self) -> str:
        """Of a document that nobody has asked for."""
        return f"https://app{next(_numbers)}.example/client.json"

    def form(self, client: RegisteredClient, **changes: Any) -> dict[str, Any]:
        """The consent form as Ada would send it with Connect."""
        page = self.auth.authorize(client)
        assert page.status_code == 200, page.text
        return consent_fields(page.text) | changes

    def decide(self, form: dict[str, Any], origin: dict[str, str] | None = None) -> Any:
        """What pressing the button leads to."""
        return self.http.post("/authorize", data=form, headers=origin or own_origin(self.http))

    def code(self, client: RegisteredClient) -> str:
        """A code for the app."""
        return self.auth.approve(client)["code"]
