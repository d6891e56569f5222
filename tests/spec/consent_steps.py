"""Steps that the tests of consent share: open the form, send it, look at what came of it."""

from typing import Any

from sqlmodel import select

from auth_server.models import Grant
from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient
from tests.consent_form import consent_fields, own_origin


def consent_form(auth: AuthHarness, client: RegisteredClient, **changes: Any) -> dict[str, list[str]]:
    """The consent form as the page ticks it, Connect pressed."""
    page = auth.authorize(client, **changes)
    assert page.status_code == 200, page.text
    return consent_fields(page.text)


def send(auth: AuthHarness, form: dict[str, list[str]], **headers: str) -> Any:
    """The form as the page sends it."""
    return auth.http.post("/authorize", data=form, headers=own_origin(auth.http) | headers)


def granted(auth: AuthHarness, client: RegisteredClient) -> list[Grant]:
    """What the database holds for this client, newest first."""
    with auth.database() as session:
        return list(session.exec(select(Grant).where(Grant.client_id == client.id).order_by(Grant.id.desc())))  # type: ignore[attr-defined]  # SQLModel


def reconfigure(auth: AuthHarness, client: RegisteredClient, **change: Any) -> None:
    """The app replaces its registration (RFC 7592)."""
    document = {"client_id": client.id, "client_name": "Notes", "redirect_uris": [CALLBACK]}
    document |= {"token_endpoint_auth_method": "none"} | change
    token = client.information["registration_access_token"]
    answer = auth.http.put(f"/register/{client.id}", json=document, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
