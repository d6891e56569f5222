"""RFC 7592: a client's own registration."""

import json
from pathlib import Path
from typing import Any

import pytest

from auth_server.models import Client
from auth_server.oauth.change_limits import OF_ONE_CLIENT
from auth_server.oauth.entered_clients import enter_client
from auth_server.trust.client_administration import trust_client
from auth_server.trust.known_apps import AppName, draft
from auth_server.trust.rules import RegistrationMode, set_registration_mode
from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, auth_settings, error_of, later

SAME_PLACE, ELSEWHERE = "http://localhost:9999/other", "https://elsewhere.example/callback"


def configuring(auth: AuthHarness, client: RegisteredClient, method: str, **content: Any) -> Any:
    header = {"Authorization": f"Bearer {client.information['registration_access_token']}"}
    return auth.http.request(method, client.information["registration_client_uri"], headers=header, **content)


def replacing(auth: AuthHarness, client: RegisteredClient, **changes: Any) -> Any:
    """PUT of what the client was told at its registration, with these changes; None leaves a member out."""
    document = {name: value for name, value in (client.information | changes).items() if value is not None}
    return configuring(auth, client, "PUT", json=document)


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


@pytest.mark.parametrize(
    "changes",
    [
        {"client_name": "Claude"},
        {"redirect_uris": [CALLBACK, ELSEWHERE]},
        {"redirect_uris": [CALLBACK, "zed://callback"]},
        {"token_endpoint_auth_method": "none", "client_secret": None},
    ],
    ids=["name", "another host", "a scheme", "weaker"],
)
def test_a_client_that_becomes_another_one_loses_what_people_allowed_it(
    settled: AuthHarness, changes: dict[str, Any]
) -> None:
    """AS-27, RFC 7592 §2.2, §5: people approved a name, a place and a proof; for others they are asked again."""
    client = settled.register(token_endpoint_auth_method="client_secret_post", client_name="Weather")
    tokens, code = settled.tokens(client), settled.approve(client)["code"]
    answer = replacing(settled, client, **changes)
    assert answer.status_code == 200
    now_known = RegisteredClient(client.information | changes)
    assert error_of(settled.refresh(now_known, tokens["refresh_token"])) == (400, "invalid_grant")
    assert error_of(settled.redeem(now_known, code)) == (400, "invalid_grant")
    assert settled.introspect(tokens["access_token"]) == {"active": False}
    assert settled.tokens(now_known)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_uri": "https://app.example.com"},
        {"redirect_uris": [CALLBACK, SAME_PLACE]},
        {"redirect_uris": [SAME_PLACE]},
        {"scope": "memory:read"},
        {"token_endpoint_auth_method": "client_secret_basic"},
    ],
    ids=["address", "another port", "moved port", "scope", "as strong"],
)
def test_smaller_changes_keep_it(settled: AuthHarness, changes: dict[str, Any]) -> None:
    """RFC 7592 §2.2: the same name at the same place."""
    client = settled.register(token_endpoint_auth_method="client_secret_post")
    tokens = settled.tokens(client)
    assert replacing(settled, client, **changes).status_code == 200
    assert settled.refresh(client, tokens["refresh_token"]).status_code == 200


def test_a_code_goes_with_the_redirect_uri_it_was_sent_to(settled: AuthHarness) -> None:
    """AS-41, RFC 7592 §2.2: one that was registered in the meantime does not redeem it."""
    client = settled.register()
    code = settled.approve(client)["code"]
    assert replacing(settled, client, redirect_uris=[SAME_PLACE]).status_code == 200
    assert error_of(settled.redeem(client, code, redirect_uri=SAME_PLACE)) == (400, "invalid_grant")
    assert settled.redeem(client, code, redirect_uri=CALLBACK).status_code == 200
    assert settled.authorize(client, redirect_uri="http://localhost:8123/callback").status_code == 400


def test_an_administrators_word_is_for_the_client_they_looked_at(settled: AuthHarness) -> None:
    """AS-17, RFC 7592 §2.2: a trusted client that goes elsewhere is not trusted there."""
    client = settled.register()
    with settled.database() as session:
        trust_client(session, session.get_one(Client, client.id))
    replacing(settled, client, redirect_uris=[ELSEWHERE])
    assert settled.authorize(client, redirect_uri=ELSEWHERE, prompt="none").status_code == 400


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


def test_what_changes_nothing_leaves_no_trace(settled: AuthHarness) -> None:
    """RFC 7592 §2.2: clients send at every start what is registered already; the audit table keeps every line."""
    client = settled.register(client_name="First")
    before = settled.audited(client.id)
    answers = [replacing(settled, client).json() for _ in range(3)]
    assert {answer["client_name"] for answer in answers} == {"First"}
    assert settled.audited(client.id) == before
    replacing(settled, client, client_uri="https://app.example.com")
    assert settled.audited(client.id) == [*before, "client_changed"]


def test_one_client_changes_its_registration_so_often_and_no_more(ada: AuthHarness) -> None:
    """RFC 7592 §5, AS-70: 429 with Retry-After, from whatever address; another one's share is untouched."""
    client, other = ada.register(), ada.register()
    for number in range(OF_ONE_CLIENT):
        ada.http = ada.browser_at(f"192.0.2.{number}")
        assert replacing(ada, client, client_name=f"App {number}").status_code == 200
    refused = replacing(ada, client, client_name="Once more")
    assert error_of(refused) == (429, "temporarily_unavailable")
    assert "retry-after" in refused.headers
    assert configuring(ada, client, "DELETE").status_code == 429
    assert configuring(ada, client, "GET").json()["client_name"] == f"App {OF_ONE_CLIENT - 1}"
    assert replacing(ada, other, client_name="Another").status_code == 200
    with later(minutes=61):
        assert replacing(ada, other, client_name="Later").status_code == 200


def test_one_network_changes_registrations_so_often_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7592 §5, AS-70: also of clients that do not exist; reading and registering have limits of their own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=3))
    client = auth.register()
    unknown = [auth.http.put("/register/cli_x", json={}).status_code for _ in range(4)]
    assert unknown == [401, 401, 401, 429]
    assert configuring(auth, client, "DELETE").status_code == 429
    assert configuring(auth, client, "GET").status_code == 200
    assert auth.register()
    auth.http = auth.browser_at("192.0.2.1")
    assert configuring(auth, client, "DELETE").status_code == 204


def test_all_clients_together_change_so_often_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7592 §5, AS-70: ten times as many as one network."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1))
    client, statuses = auth.register(), []
    for number in range(11):
        auth.http = auth.browser_at(f"192.0.2.{number}")
        statuses.append(replacing(auth, client, client_name=f"App {number}").status_code)
    assert statuses == [200] * 10 + [429]


BECOMING_ANOTHER = [
    {"client_name": "Claude"},
    {"redirect_uris": [ELSEWHERE]},
    {"redirect_uris": [CALLBACK, ELSEWHERE]},
    {"token_endpoint_auth_method": "none"},
]


@pytest.mark.parametrize("mode", [RegistrationMode.TOKEN, RegistrationMode.OFF])
@pytest.mark.parametrize("changes", BECOMING_ANOTHER, ids=lambda changes: next(iter(changes)))
def test_where_registration_is_not_open_no_client_becomes_another_one(
    ada: AuthHarness, mode: RegistrationMode, changes: dict[str, Any]
) -> None:
    """AS-80, RFC 7592 §2.2: it would register by another name. What it holds, it keeps."""
    client = ada.register(client_name="Notes", token_endpoint_auth_method="client_secret_post")
    tokens = ada.tokens(client)
    with ada.database() as session:
        set_registration_mode(session, mode)
    assert error_of(replacing(ada, client, client_secret=None, **changes)) == (403, "access_denied")
    registered = configuring(ada, client, "GET").json()
    assert (registered["client_name"], registered["redirect_uris"]) == ("Notes", [CALLBACK])
    assert ada.refresh(client, tokens["refresh_token"]).status_code == 200
    assert replacing(ada, client, redirect_uris=[SAME_PLACE], scope="memory:read").status_code == 200
    assert configuring(ada, client, "DELETE").status_code == 204
