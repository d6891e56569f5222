"""The administration API as a whole: closed by default, described exactly, its errors of one form."""

import re
from dataclasses import dataclass

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.keys.service_accounts import service_account
from auth_server.routes.admin_api.bounded_body import BoundedBodyRoute
from auth_server.routes.admin_api.routes import admin_api_router
from shared.scopes import Scope
from tests.admin.api import ROOT, AdminApi, key_of
from tests.auth_harness import AuthHarness, error_of

ALL = [context for context in iter_route_contexts(admin_api_router().routes) if context.methods]
ROUTES = sorted((method, str(context.path)) for context in ALL for method in context.methods or ())
each_route = pytest.mark.parametrize(("method", "path"), ROUTES)


@dataclass(frozen=True)
class Knockers:
    """Who is not let in: an administrator's browser, and keys that say too little."""

    auth: AuthHarness
    browser: TestClient
    key_without_the_scope: str
    key_of_somebody_else: str


@pytest.fixture(scope="module")
def knockers(settled: AuthHarness) -> Knockers:
    """All of them at one server."""
    api = AdminApi(settled)
    browser = settled.new_browser()
    settled.sign_in(ROOT, browser=browser)
    somebody = settled.create_user("somebody@example.org")
    return Knockers(settled, browser, key_of(settled, api.root, Scope.MEMORY_READ), key_of(settled, somebody))


def concrete(path: str) -> str:
    """An address of that route, whatever its ids."""
    return re.sub(r"\{[^}]*\}", "unknown", path)


@each_route
def test_no_route_answers_without_a_credential(settled: AuthHarness, method: str, path: str) -> None:
    answer = settled.new_browser().request(method, concrete(path))
    assert error_of(answer) == (401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


@each_route
def test_no_route_answers_to_a_cookie(knockers: Knockers, method: str, path: str) -> None:
    """AS-91: an administrator's browser, with our own Origin, opens nothing here."""
    origin = {"Origin": knockers.auth.settings.issuer_origin}
    assert error_of(knockers.browser.request(method, concrete(path), headers=origin)) == (401, "invalid_token")


@each_route
def test_no_route_answers_to_a_key_without_the_scope(knockers: Knockers, method: str, path: str) -> None:
    headers = {"X-API-Key": knockers.key_without_the_scope}
    answer = knockers.auth.new_browser().request(method, concrete(path), headers=headers)
    assert error_of(answer) == (403, "insufficient_scope")


@each_route
def test_no_route_answers_to_a_key_of_somebody_else(knockers: Knockers, method: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {knockers.key_of_somebody_else}"}
    answer = knockers.auth.new_browser().request(method, concrete(path), headers=headers)
    assert error_of(answer) == (403, "insufficient_scope")


def test_a_key_that_a_person_thought_of_is_not_guessed_here(api: AdminApi) -> None:
    """AS-33: whoever tries one after the other is turned away, also from the right one; a key of ours still counts."""
    with api.auth.database() as session:
        draft = KeyDraft("weak", (Scope.MEMORY_READ,), ())
        create_key(session, service_account(session, "bot"), draft, secret="hunter61")
    ask = api.auth.new_browser().get
    guessed = [ask("/admin/api/overview", headers={"X-API-Key": f"hunter{one}"}).status_code for one in range(62)]
    assert guessed == [401] * 60 + [429] * 2
    assert api.get("/overview").status_code == 200


def test_a_page_of_another_origin_is_refused(api: AdminApi) -> None:
    """AS-91: another port of localhost is the same site, and still another origin."""
    headers = api.headers | {"Origin": "http://localhost:5173"}
    assert api.auth.new_browser().get("/admin/api/overview", headers=headers).status_code == 403


def test_every_body_is_bounded() -> None:
    assert [context.path for context in ALL if not isinstance(context.original_route, BoundedBodyRoute)] == []


def test_the_document_describes_exactly_the_routes(api: AdminApi) -> None:
    document = api.get("/openapi.json").json()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert document["openapi"].startswith("3.1")
    assert described | {("GET", "/admin/api/openapi.json")} == set(ROUTES)
    assert document["security"] == [{"bearer": []}, {"apiKey": []}]


def test_either_header_carries_the_key(api: AdminApi) -> None:
    answer = api.auth.new_browser().get("/admin/api/overview", headers={"X-API-Key": api.key})
    assert answer.status_code == 200, answer.text


def test_an_unknown_address_is_said_in_json(api: AdminApi) -> None:
    assert error_of(api.get("/nothing-of-this-name")) == (404, "not_found")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"unknown": 1}', b"\xff", b'"\\ud800"', b"\x00" * 10, b"9" * 10_000])
def test_a_malformed_body_is_refused_in_json(api: AdminApi, body: bytes) -> None:
    for method, path in ROUTES:
        if method in ("POST", "PUT", "PATCH"):
            answer = api.ask(method, concrete(path).removeprefix("/admin/api"), content=body)
            assert answer.status_code in (400, 404, 409, 422) or answer.is_success, (path, answer.text)


def test_a_large_body_is_not_read(api: AdminApi) -> None:
    answer = api.ask("POST", "/overview", content=b"x" * 100_000)
    assert answer.status_code in (405, 413)


def test_an_administrator_who_is_none_any_more_loses_the_api(api: AdminApi) -> None:
    with api.auth.database() as session:
        api.root.is_admin = False
        session.merge(api.root)
    assert error_of(api.get("/overview")) == (403, "insufficient_scope")
