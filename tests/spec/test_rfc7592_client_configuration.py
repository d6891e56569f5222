"""RFC 7592: a client's own registration."""

from typing import Any

import pytest

from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, error_of


def configuring(auth: AuthHarness, client: RegisteredClient, method: str, **content: Any) -> Any:
    header = {"Authorization": f"Bearer {client.information['registration_access_token']}"}
    return auth.http.request(method, client.information["registration_client_uri"], headers=header, **content)


def test_a_client_reads_its_registration(settled: AuthHarness) -> None:
    """RFC 7592 §2.1."""
    client = settled.register(client_name="First")
    assert configuring(settled, client, "GET").json()["client_name"] == "First"


def test_a_client_replaces_its_registration(settled: AuthHarness) -> None:
    """RFC 7592 §2.2: under the rules of registration."""
    client = settled.register(client_name="First")
    document = {"client_id": client.id, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
    changed = configuring(settled, client, "PUT", json=document | {"client_name": "Second"})
    assert (changed.status_code, changed.json()["client_name"]) == (200, "Second")
    refused = configuring(settled, client, "PUT", json=document | {"redirect_uris": ["javascript:x"]})
    assert error_of(refused) == (400, "invalid_redirect_uri")
    assert configuring(settled, client, "GET").json()["redirect_uris"] == [CALLBACK]


def test_a_document_names_its_own_client(settled: AuthHarness) -> None:
    """RFC 7592 §2.2."""
    client = settled.register()
    answer = configuring(settled, client, "PUT", json={"client_id": "cli_other", "redirect_uris": [CALLBACK]})
    assert error_of(answer) == (400, "invalid_client_metadata")


def test_a_deleted_client_is_invalid_at_the_token_endpoint(settled: AuthHarness) -> None:
    """AS-50, RFC 7592 §2.3: 401 invalid_client, upon which clients register again; its tokens end."""
    client = settled.register()
    tokens = settled.tokens(client)
    assert configuring(settled, client, "DELETE").status_code == 204
    assert error_of(settled.refresh(client, tokens["refresh_token"])) == (401, "invalid_client")
    assert settled.introspect(tokens["access_token"]) == {"active": False}


def test_a_deleted_client_gets_a_clear_page(settled: AuthHarness) -> None:
    """AS-50: at the authorization endpoint."""
    client = settled.register()
    configuring(settled, client, "DELETE")
    answer = settled.authorize(client)
    assert answer.status_code == 400
    assert "not registered" in answer.text


def test_deleting_tells_the_change_feed(settled: AuthHarness) -> None:
    """RFC 7592 §2.3: the resource server forgets the grants at once."""
    client = settled.register()
    grant_id = settled.introspect(settled.tokens(client)["access_token"])["grant_id"]
    configuring(settled, client, "DELETE")
    news = settled.http.get("/internal/changes?after=0", headers=settled.resource_credential).json()["changes"]
    assert {"grant_id": grant_id, "revision": 2, "state": "revoked"} in news


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_the_registration_access_token_opens_it(settled: AuthHarness, method: str) -> None:
    """AS-95, RFC 7592 §2: not another client's, not a secret, and unknown clients look the same."""
    client, other = settled.register(), settled.register(token_endpoint_auth_method="client_secret_post")
    wrong = [None, other.information["registration_access_token"], other.information["client_secret"], "", "é"]
    for token in wrong:
        headers = {"Authorization": f"Bearer {token}".encode()} if token is not None else {}
        for client_id in (client.id, "cli_unknown"):
            answer = settled.http.request(method, f"/register/{client_id}", headers=headers)
            assert error_of(answer) == (401, "invalid_token")
            assert answer.headers["www-authenticate"].startswith("Bearer")
