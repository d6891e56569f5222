"""The administration API about apps: entered, vouched for, blocked, given another secret, deleted."""

from typing import Any

import pytest

from auth_server.client_handles import client_id_of, handle_of
from auth_server.models import Client, ClientOrigin
from tests.admin.api import AdminApi
from tests.auth_harness import CALLBACK, RegisteredClient, error_of, later
from tests.document_clients import CLAUDE


def entered(api: AdminApi, **changes: Any) -> RegisteredClient:
    """An app with a secret, entered by the API."""
    made = api.post("/clients", **({"name": "Notes", "redirect_uris": [CALLBACK]} | changes))
    assert made.status_code == 201, made.text
    information = made.json()
    return RegisteredClient(information | {"client_id": information["client"]["client_id"]})


def found(api: AdminApi, **query: str) -> list[str]:
    return [item["client_id"] for item in api.get("/clients", **query).json()["items"]]


def test_an_app_is_entered_and_its_secret_shown_once(api: AdminApi) -> None:
    client = entered(api)
    assert client.information["entered_by"] == api.root.email
    secret = client.information["client_secret"]
    assert secret.startswith("cs_")
    assert secret not in api.get(f"/clients/{client.id}").text + api.get("/clients").text
    assert error_of(api.auth.redeem(client, "ac_x")) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "draft",
    [
        {"redirect_uris": ["javascript:alert(1)"]},
        {"name": " "},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"redirect_uris": []},
        {"kind": "service"},
        {"name": "x" * 10_000},
    ],
)
def test_what_makes_no_app_is_refused(api: AdminApi, draft: dict[str, Any]) -> None:
    refused = api.post("/clients", **({"name": "Notes", "redirect_uris": [CALLBACK]} | draft))
    assert error_of(refused) == (422, "invalid_request")


def test_a_service_is_entered_with_its_keys(api: AdminApi) -> None:
    """RFC 7591 §2: public keys, and no secret beside them."""
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "1"}
    draft = {"kind": "service", "name": "Backup", "read": ["*"], "token_endpoint_auth_method": "private_key_jwt"}
    made = api.post("/clients", **draft, jwks={"keys": [key]})
    assert made.status_code == 201, made.text
    assert (made.json()["client_secret"], made.json()["grant_types"]) == (None, ["client_credentials"])
    private = api.post("/clients", **draft, jwks={"keys": [key | {"d": "x"}]})
    assert error_of(private) == (422, "invalid_request")


def test_a_service_is_entered_with_tools_of_servers(api: AdminApi) -> None:
    draft = {"kind": "service", "name": "Agent", "servers": [{"server": "github", "tools": ["search", "get_file"]}]}
    made = api.post("/clients", **draft).json()
    assert (made["scope"], made["reach"]) == ("gateway:call", "calls 2 tools of 1 server")
    wrong = draft | {"servers": [{"server": "a__b", "tools": ["*"]}]}
    assert error_of(api.post("/clients", **wrong)) == (422, "invalid_request")


def test_apps_are_found_by_name_and_by_what_was_said_of_them(api: AdminApi) -> None:
    notes, by_hand = api.auth.register(client_name="Notes 100%"), entered(api, name="Calendar")
    assert found(api, q="notes 100%") == [notes.id]
    assert found(api, kind="administrator") == [by_hand.id]
    api.ask("PATCH", f"/clients/{notes.id}", json={"is_approved": True, "is_blocked": True, "is_trusted": True})
    assert found(api, kind="blocked") == found(api, kind="trusted") == [notes.id]
    api.ask("PATCH", f"/clients/{notes.id}", json={"is_approved": False, "is_blocked": False, "is_trusted": False})
    assert found(api, kind="blocked") == found(api, kind="trusted") == []


def test_an_app_entered_by_hand_cannot_be_approved(api: AdminApi) -> None:
    refused = api.ask("PATCH", f"/clients/{entered(api).id}", json={"is_approved": True})
    assert error_of(refused) == (409, "conflict")


def test_an_app_whose_id_is_an_address_has_a_handle(api: AdminApi) -> None:
    """Routers and proxies read slashes and escapes of a path as their own."""
    with api.auth.database() as session:
        session.add(Client(client_id=CLAUDE, origin=ClientOrigin.DOCUMENT, client_name="Claude"))
    [listed] = api.get("/clients").json()["items"]
    assert listed["handle"] == handle_of(CLAUDE) != CLAUDE
    assert client_id_of(listed["handle"]) == CLAUDE
    assert api.get(f"/clients/{listed['handle']}").json()["document_host"] == "claude.ai"


def test_a_secret_is_replaced_with_an_overlap(api: AdminApi) -> None:
    client = entered(api)
    rotated = api.post(f"/clients/{client.id}/rotate-secret", overlap_seconds=60)
    assert rotated.status_code == 201
    assert error_of(api.auth.redeem(client, "ac_x")) == (400, "invalid_grant")
    assert error_of(api.post(f"/clients/{client.id}/rotate-secret")) == (409, "conflict")
    with later(seconds=61):
        assert error_of(api.auth.redeem(client, "ac_x")) == (401, "invalid_client")
        renewed = api.auth.redeem(client, "ac_x", client_secret=rotated.json()["client_secret"])
        assert error_of(renewed) == (400, "invalid_grant")


def test_an_app_is_deleted_with_what_people_allowed_it(api: AdminApi) -> None:
    api.auth.create_user()
    api.auth.sign_in()
    client = api.auth.register()
    tokens = api.auth.tokens(client)
    assert api.ask("DELETE", f"/clients/{client.id}").status_code == 204
    assert api.auth.introspect(tokens["access_token"]) == {"active": False}
    assert "client_deleted" in api.auth.audited(client.id)


def test_unused_apps_are_counted_before_they_are_deleted(api: AdminApi) -> None:
    api.auth.register()
    with later(days=1):
        assert api.post("/clients/clean-up").json() == {"clients": 1, "deleted": False}
        assert api.post("/clients/clean-up", preview=False).json() == {"clients": 1, "deleted": True}
        assert api.post("/clients/clean-up").json()["clients"] == 0
