"""RFC 7592: a client's own registration."""

import json

import pytest

from auth_server.models import Client
from auth_server.oauth.entered_clients import enter_client
from auth_server.trust.known_apps import AppName, draft
from tests.auth_harness import CALLBACK, AuthHarness, error_of
from tests.spec.client_configuration import configuring, replacing


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
    """RFC 7592 §2.2: another client's id, or none, changes nothing."""
    client = settled.register()
    for client_id in ("cli_other", None, 7):
        assert error_of(replacing(settled, client, client_id=client_id)) == (400, "invalid_client_metadata")


def test_the_whole_answer_may_be_sent_back(settled: AuthHarness) -> None:
    """RFC 7592 §2.2: clients send what they read; what is not metadata is not theirs to set, and is ignored."""
    client = settled.register(token_endpoint_auth_method="client_secret_post", client_name="First")
    forged = {"registration_access_token": "rat_mine", "registration_client_uri": "https://evil.example/"}
    forged |= {"client_id_issued_at": 1, "client_secret_expires_at": 1, "is_trusted": True, "origin": "document"}
    answer = replacing(settled, client, **forged).json()
    kept = ("registration_access_token", "registration_client_uri", "client_id_issued_at", "client_name")
    assert {name: answer[name] for name in kept} == {name: client.information[name] for name in kept}
    with settled.database() as session:
        row = session.get_one(Client, client.id)
    assert (row.is_trusted, row.origin) == (False, "registered")
    assert settled.tokens(client)


def test_what_a_document_leaves_out_is_gone(settled: AuthHarness) -> None:
    """RFC 7592 §2.2: it replaces the registration, it does not mend it."""
    client = settled.register(client_name="First", client_uri="https://app.example.com", scope="memory:read")
    answer = replacing(settled, client, client_uri=None, scope=None).json()
    assert "client_uri" not in answer
    assert "memory:write" in answer["scope"].split()


def test_metadata_is_narrowed_as_at_the_registration(settled: AuthHarness) -> None:
    """RFC 7592 §2.2, RFC 7591 §2: a client cannot add later what it could not register."""
    client = settled.register()
    answer = replacing(
        settled, client, grant_types=["authorization_code", "client_credentials"], scope="memory:read admin", x="y"
    ).json()
    assert (answer["grant_types"], answer["scope"]) == (["authorization_code"], "memory:read gateway:call")
    assert "x" not in answer


@pytest.mark.parametrize("secret", ["mine", "", "\u00e9", "\ud800", 7, ["x"]])
def test_a_client_cannot_choose_its_secret(settled: AuthHarness, secret: object) -> None:
    """RFC 7592 §2.2: `client_secret` is the one that was issued, or left out; also where none was issued."""
    confidential = settled.register(token_endpoint_auth_method="client_secret_post")
    for client in (confidential, settled.register()):
        body = json.dumps(client.information | {"client_secret": secret})
        answer = configuring(settled, client, "PUT", content=body.encode())
        assert error_of(answer) == (400, "invalid_client_metadata")
    assert settled.tokens(confidential)


def test_a_secret_stays_when_it_is_left_out(settled: AuthHarness) -> None:
    """RFC 7592 §2.2: and is not shown again."""
    client = settled.register(token_endpoint_auth_method="client_secret_post")
    answer = replacing(settled, client, client_secret=None, token_endpoint_auth_method="client_secret_basic")
    assert answer.status_code == 200
    assert "client_secret" not in answer.json()
    assert settled.tokens(client)


def test_a_client_that_becomes_confidential_gets_a_secret(settled: AuthHarness) -> None:
    """RFC 7592 §3, RFC 7591 §3.2.1: once; from then on it cannot do without (AS-49)."""
    client = settled.register()
    tokens = settled.tokens(client)
    answer = replacing(settled, client, token_endpoint_auth_method="client_secret_post")
    assert answer.json()["client_secret_expires_at"] == 0
    assert error_of(settled.refresh(client, tokens["refresh_token"])) == (401, "invalid_client")
    secret = answer.json()["client_secret"]
    assert settled.refresh(client, tokens["refresh_token"], client_secret=secret).status_code == 200


def test_the_registration_access_token_stays(settled: AuthHarness) -> None:
    """RFC 7592 §5: a server may rotate it; here a lost answer locks nobody out."""
    client = settled.register()
    for answer in (replacing(settled, client), configuring(settled, client, "GET")):
        assert answer.json()["registration_access_token"] == client.information["registration_access_token"]
        assert answer.headers["cache-control"] == "no-store"


def test_a_client_entered_by_an_administrator_has_no_registration_to_change(settled: AuthHarness) -> None:
    """RFC 7592 §2: no token was issued for it, so none opens it, neither its secret nor an empty one."""
    with settled.database() as session:
        entered = enter_client(session, settled.settings, draft(AppName.CLAUDE))
    for token in (entered.secret, "", "None"):
        headers = {"Authorization": f"Bearer {token}"}
        answer = settled.http.get(f"/register/{entered.client.client_id}", headers=headers)
        assert error_of(answer) == (401, "invalid_token")


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
