"""The pages of apps: entered, vouched for, blocked, given another secret, cleaned up."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import select

from auth_server.client_handles import handle_of
from auth_server.models import Client, ClientOrigin, User
from shared import own_pages
from tests.admin.api import ROOT, AdminApi
from tests.admin.pages import act, connected, fill, press, secret_in
from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, error_of
from tests.consent_form import form_fields, own_origin
from tests.document_clients import CLAUDE


@pytest.fixture
def ada(api: AdminApi) -> User:
    """Somebody who is no administrator, and not signed in."""
    return api.auth.create_user("ada@example.org")


def test_an_app_is_entered_on_a_page(root: AuthHarness) -> None:
    page = "/admin/clients/new"
    entered = fill(root.http, page, page, name=["Intranet"], redirect_uris=[f"{CALLBACK}\n"])
    secret, client_id = secret_in(entered.text, "cs_[^<]*"), secret_in(entered.text, "cli_[^<]*")
    client = RegisteredClient({"client_id": client_id, "client_secret": secret, "redirect_uris": [CALLBACK]})
    assert error_of(root.redeem(client, "ac_x")) == (400, "invalid_grant")
    assert f"entered by {ROOT}" in root.http.get(f"/admin/clients/{client_id}").text
    refused = fill(root.http, page, page, name=["Intranet"], redirect_uris=["javascript:alert(1)"])
    assert refused.status_code == 400


def test_a_service_is_entered_on_a_page(root: AuthHarness) -> None:
    page = "/admin/clients/new-service"
    entered = fill(root.http, page, page, name=["Backup"], read=["work home"], method=["client_secret_post"])
    client_id = secret_in(entered.text, "cli_[^<]*")
    assert "reads 2 namespaces" in root.http.get(f"/admin/clients/{client_id}").text
    assert fill(root.http, page, page, name=["Backup"], method=["none"], read=["work"]).status_code == 400


@pytest.mark.usefixtures("ada")
def test_an_app_is_approved_blocked_and_let_in_again(root: AuthHarness) -> None:
    client, tokens = connected(root)
    place = f"/admin/clients/{client.id}"
    assert act(root, place, "approve").status_code == 303
    assert act(root, place, "block").status_code == 303
    assert root.introspect(tokens["access_token"]) == {"active": False}
    assert press(root, place, "unblock").status_code == 303
    assert root.introspect(tokens["access_token"])["active"] is True
    assert press(root, place, "disapprove").status_code == 303


@pytest.mark.usefixtures("ada")
def test_an_app_is_deleted_by_its_name(root: AuthHarness) -> None:
    client, tokens = connected(root)
    place = f"/admin/clients/{client.id}"
    assert act(root, place, "delete", named=["Another app"]).status_code == 400
    assert root.introspect(tokens["access_token"])["active"] is True
    assert act(root, place, "delete", named=["test APP"]).status_code == 303
    assert root.introspect(tokens["access_token"]) == {"active": False}
    assert root.http.get(place).status_code == 404


def test_an_app_known_by_an_address_has_a_page(root: AuthHarness) -> None:
    with root.database() as session:
        session.add(Client(client_id=CLAUDE, origin=ClientOrigin.DOCUMENT, client_name="Claude"))
    assert handle_of(CLAUDE) in root.http.get("/admin/clients").text
    shown = root.http.get(f"/admin/clients/{handle_of(CLAUDE)}")
    assert "by its document at <strong>claude.ai</strong>" in shown.text


def test_of_two_who_make_another_secret_at_once_one_is_told(api: AdminApi) -> None:
    """The secret that the app uses outlives the overlap of the one that won."""
    draft = {"name": "Notes", "redirect_uris": [CALLBACK]}
    made = api.post("/clients", **draft).json()
    handle = made["client"]["client_id"]
    barrier = Barrier(2)

    def rotate(_number: int) -> Any:
        barrier.wait()
        return api.post(f"/clients/{handle}/rotate-secret", overlap_seconds=3600)

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(rotate, range(2)), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [201, 409]
    for secret in (made["client_secret"], answers[0].json()["client_secret"]):
        client = RegisteredClient({"client_id": handle, "client_secret": secret, "redirect_uris": [CALLBACK]})
        assert error_of(api.auth.redeem(client, "ac_x")) == (400, "invalid_grant")


def test_another_secret_is_shown_once(root: AuthHarness) -> None:
    client = root.register(token_endpoint_auth_method="client_secret_post")
    place = f"/admin/clients/{client.id}"
    shown = act(root, place, "rotate-secret", overlap_hours=["1"])
    assert shown.status_code == 200
    assert secret_in(shown.text, "cs_[^<]*") not in root.http.get(place).text
    assert act(root, place, "rotate-secret", overlap_hours=["1"]).status_code == 409
    assert act(root, place, "rotate-secret", overlap_hours=["never"]).status_code == 409


def test_unused_apps_are_counted_and_deleted(root: AuthHarness) -> None:
    page = "/admin/clients/clean-up"
    assert "No unused app" in root.http.get(page).text
    root.register()
    with root.database() as session:
        for client in session.exec(select(Client)):
            client.created_at = client.created_at.replace(year=2020)
    counted = root.http.get(page).text
    assert "1 unused app<" in counted
    form = {"csrf_token": form_fields(counted, "/logout")["csrf_token"], "days": ["30"]}
    assert root.http.post(page, data=form, headers=own_origin(root.http)).status_code == 303
    with root.database() as session:
        assert [client.client_id for client in session.exec(select(Client))] == [own_pages.CLIENT_ID]
