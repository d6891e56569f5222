"""The administration API about people, their connections and keys; never about what they remember (AS-119)."""

import re
from typing import Any

import pytest
from sqlmodel import select

from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.models import AuditEvent, User
from shared.authorization_details import MemoryDetail
from shared.scopes import Scope
from tests.admin.api import ROOT, AdminApi
from tests.auth_harness import AuthHarness, RegisteredClient, error_of

ADA = "ada@example.org"


@pytest.fixture
def ada(api: AdminApi) -> User:
    """Somebody who is no administrator, signed in."""
    user = api.auth.create_user(ADA)
    api.auth.sign_in(ADA)
    return user


def connected(auth: AuthHarness, **metadata: Any) -> tuple[RegisteredClient, dict[str, Any]]:
    """An app that Ada uses."""
    client = auth.register(**metadata)
    return client, auth.tokens(client, choices={"read": ["secret-diary"], "write": []})


def emails(answer: Any) -> list[str]:
    return [item["email"] for item in answer.json()["items"]]


@pytest.mark.usefixtures("ada")
def test_people_are_found_by_a_part_of_their_address(api: AdminApi) -> None:
    assert emails(api.get("/people", q="ADA@")) == [ADA]
    assert emails(api.get("/people", q="%")) == []
    assert emails(api.get("/people", kind="administrators")) == [ROOT]
    assert emails(api.get("/people", kind="disabled")) == []


@pytest.mark.usefixtures("ada")
def test_a_long_list_comes_in_parts(api: AdminApi) -> None:
    first = api.get("/people", limit=1)
    rest = api.get("/people", limit=1, after=first.json()["next"])
    assert emails(first) + emails(rest) == [ADA, ROOT]
    assert rest.json()["next"] is None
    assert api.get("/people", after="nonsense").status_code == 422


def test_a_person_is_shown_with_what_is_theirs_and_never_with_what_they_remember(api: AdminApi, ada: User) -> None:
    """AS-119: not even the names of the parts of their memory."""
    client, _ = connected(api.auth)
    person = api.get(f"/people/{ada.id}").json()
    assert (person["apps"], person["keys"], person["is_admin"]) == (1, 0, False)
    assert person["sign_in"] == {
        "has_password": True,
        "asks_code": False,
        "passkeys": 0,
        "providers": [],
        "browsers": 1,
    }
    [grant] = api.get("/grants", user_id=ada.id).json()["items"]
    assert (grant["client_id"], grant["reach"]) == (client.id, "reads 1 namespace")
    for path in ("/grants", f"/grants/{grant['id']}", f"/people/{ada.id}", "/clients", f"/clients/{client.id}"):
        assert "secret-diary" not in api.get(path).text


def test_who_is_disabled_is_signed_out_and_nothing_of_theirs_works(api: AdminApi, ada: User) -> None:
    _, tokens = connected(api.auth)
    assert api.ask("PATCH", f"/people/{ada.id}", json={"is_disabled": True}).json()["is_disabled"] is True
    assert api.auth.http.get("/account/apps").status_code == 303
    assert api.auth.introspect(tokens["access_token"]) == {"active": False}
    api.ask("PATCH", f"/people/{ada.id}", json={"is_disabled": False})
    assert api.auth.introspect(tokens["access_token"])["active"] is True
    assert api.auth.http.get("/account/apps").status_code == 303


def test_the_last_administrator_stays_one(api: AdminApi, ada: User) -> None:
    for change in ({"is_disabled": True}, {"is_admin": False}):
        assert error_of(api.ask("PATCH", f"/people/{api.root.id}", json=change)) == (409, "conflict")
    assert api.ask("PATCH", f"/people/{ada.id}", json={"is_admin": True}).json()["is_admin"] is True
    assert api.ask("PATCH", f"/people/{api.root.id}", json={"is_admin": False}).json()["is_admin"] is False


def test_a_disabled_administrator_does_not_count(api: AdminApi, ada: User) -> None:
    api.ask("PATCH", f"/people/{ada.id}", json={"is_admin": True, "is_disabled": True})
    refused = api.ask("PATCH", f"/people/{api.root.id}", json={"is_admin": False})
    assert error_of(refused) == (409, "conflict")


def test_a_service_has_an_account_and_no_rights_of_an_administrator(api: AdminApi) -> None:
    made = api.post("/people/services", name="ci-bot")
    assert made.status_code == 201
    assert (made.json()["kind"], made.json()["name"]) == ("service", "ci-bot")
    assert error_of(api.post("/people/services", name="ci-bot")) == (409, "conflict")
    assert api.post("/people/services", name="No Such Name").status_code == 422
    refused = api.ask("PATCH", f"/people/{made.json()['id']}", json={"is_admin": True})
    assert error_of(refused) == (409, "conflict")
    assert [item["name"] for item in api.get("/people", kind="services").json()["items"]] == ["ci-bot"]


@pytest.mark.usefixtures("ada")
def test_a_connection_is_ended_by_an_administrator(api: AdminApi) -> None:
    _, tokens = connected(api.auth)
    [grant] = api.get("/grants", q="ada@").json()["items"]
    assert api.post(f"/grants/{grant['id']}/revoke").json()["is_live"] is False
    assert api.auth.introspect(tokens["access_token"]) == {"active": False}
    assert api.get("/grants").json()["items"] == []
    assert len(api.get("/grants", state="ended").json()["items"]) == 1


def test_every_connection_of_an_app_or_a_person_is_ended_at_once(api: AdminApi, ada: User) -> None:
    kept, gone = connected(api.auth), connected(api.auth)
    api.auth.tokens(gone[0])
    assert api.post("/grants/revoke-all", client_id=gone[0].id).json() == {"revoked": 2}
    assert api.auth.introspect(kept[1]["access_token"])["active"] is True
    assert api.post("/grants/revoke-all", user_id=ada.id).json() == {"revoked": 1}
    assert api.auth.introspect(kept[1]["access_token"]) == {"active": False}
    assert api.post("/grants/revoke-all").status_code == 422


def test_a_key_for_a_service_is_shown_once(api: AdminApi) -> None:
    service = api.post("/people/services", name="ci-bot").json()
    reading = {"type": "memory", "actions": ["read"], "namespaces": ["work"]}
    draft = {"user_id": service["id"], "name": "Backup", "scopes": ["memory:read"], "lifetime_days": 30}
    made = api.post("/keys", **draft, authorization_details=[reading])
    assert made.status_code == 201
    assert re.fullmatch(r"ost_[0-9A-Za-z]{38}", made.json()["key"])
    assert made.json()["key"] not in api.get("/keys").text + api.get(f"/keys/{made.json()['id']}").text
    assert made.json()["origin"] == "administrator"


@pytest.mark.parametrize("scopes", [["memory:read"], ["admin", "memory:write"], ["admin"], ["impersonate"], ["openid"]])
def test_no_administrator_holds_a_key_to_somebodys_memories(api: AdminApi, ada: User, scopes: list[str]) -> None:
    """AS-119: whoever makes a key sees it."""
    refused = api.post("/keys", user_id=ada.id, name="Mine", scopes=scopes)
    assert error_of(refused) == (422, "invalid_request")


def test_nobody_else_replaces_a_key_that_opens_somebodys_memories(api: AdminApi, ada: User) -> None:
    with api.auth.database() as session:
        reading = (MemoryDetail(actions=("read",), namespaces=("personal",)),)
        key = create_key(session, session.merge(ada), KeyDraft("Mine", (Scope.MEMORY_READ,), reading)).key
    assert api.post(f"/keys/{key.id}/rotate").status_code == 422
    assert api.post(f"/keys/{key.id}/revoke").json()["is_live"] is False
    assert api.ask("DELETE", f"/keys/{key.id}").status_code == 204
    assert api.get(f"/keys/{key.id}").status_code == 404


def test_a_key_is_replaced_with_an_overlap(api: AdminApi) -> None:
    [own] = api.get("/keys", q=ROOT).json()["items"]
    rotated = api.post(f"/keys/{own['id']}/rotate", overlap_seconds=3600).json()
    assert api.get("/overview").status_code == 200
    api.key = rotated["key"]
    assert api.get("/overview").status_code == 200
    assert api.get(f"/keys/{own['id']}").json()["is_replaced"] is True


def test_an_invitation_shows_its_link_once(api: AdminApi) -> None:
    made = api.post("/invitations", email="new@example.org")
    assert made.status_code == 201
    assert api.auth.new_browser().get(made.json()["link"]).status_code == 200
    [listed] = api.get("/invitations").json()["items"]
    assert "link" not in listed
    assert (listed["email"], listed["invited_by"]) == ("new@example.org", api.root.id)
    assert api.ask("DELETE", f"/invitations/{listed['id']}").status_code == 204
    assert api.ask("DELETE", f"/invitations/{listed['id']}").status_code == 404
    assert api.auth.new_browser().get(made.json()["link"]).status_code == 403
    assert api.post("/invitations", email="nonsense").status_code == 422


@pytest.mark.parametrize(
    "path", ["/people/x", "/grants/x", "/keys/x", "/clients/x", "/clients/doc.%ff", "/clients/doc.eA"]
)
def test_what_is_not_there_is_not_found(api: AdminApi, path: str) -> None:
    assert error_of(api.get(path)) == (404, "not_found")


def test_every_act_says_who_did_it(api: AdminApi, ada: User) -> None:
    connected(api.auth)
    api.ask("PATCH", f"/people/{ada.id}", json={"is_disabled": True})
    api.ask("PATCH", f"/people/{ada.id}", json={"is_disabled": False, "is_admin": True})
    api.post("/grants/revoke-all", user_id=ada.id)
    with api.auth.database() as session:
        events = {(event.kind, event.by) for event in session.exec(select(AuditEvent)) if event.user_id == ada.id}
    for kind in ("account_disabled", "account_enabled", "account_changed", "grant_revoked"):
        assert (kind, api.root.id) in events


def test_a_deleted_account_leaves_a_certificate(api: AdminApi, ada: User) -> None:
    deleted = api.ask("DELETE", f"/people/{ada.id}")
    assert f"/erasures/{deleted.json()['id']}" in deleted.json()["certificate"]
    assert api.get(f"/people/{ada.id}").status_code == 404
    assert error_of(api.ask("DELETE", f"/people/{api.root.id}")) == (409, "conflict")
