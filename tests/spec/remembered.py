"""An app that was allowed before, and whether it gets the short page: the fixture `known`."""

from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import Grant
from tests.auth_harness import AuthHarness, RegisteredClient
from tests.consent_form import own_origin
from tests.document_clients import publish
from tests.document_host import DocumentHost

CALLBACK = "https://app.example/callback"


class Known:
    """An app known by a document, allowed and used before."""

    def __init__(self, auth: AuthHarness, web: DocumentHost, app_id: str) -> None:
        self.auth, self.web, self.id = auth, web, app_id
        self.app = self.publish()
        auth.tokens(self.app, choices={"read": ["personal", "work"], "write": ["work"], "lifetime": ["2592000"]})

    def publish(self, **changes: Any) -> RegisteredClient:
        return publish(self.web, self.id, **({"redirect_uris": [CALLBACK]} | changes))

    def page(self, browser: TestClient | None = None, **changes: Any) -> str:
        """What the person is shown when the app asks again."""
        parameters = self.auth.authorization_parameters(self.app, **changes)
        answer = (browser or self.auth.http).get("/authorize", params=parameters)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, form: dict[str, list[str]]) -> Any:
        return self.auth.http.post("/authorize", data=form, headers=own_origin(self.auth.http))

    def grants(self) -> list[Grant]:
        with self.auth.database() as session:
            return list(session.exec(select(Grant).where(Grant.client_id == self.id)))


@pytest.fixture
def known(reader: AuthHarness, web: DocumentHost, app_id: str) -> Known:
    """Claude by another address, and Ada's choice."""
    return Known(reader, web, app_id)


def is_short(page: str) -> bool:
    """Whether this is the page with one button, and not the one with the choices."""
    short, whole = "<h1>Continue with" in page, "<h1>Connect" in page
    assert short is not whole, page
    return short
