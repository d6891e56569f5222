"""An installation made by the first release goes on with this one: people stay, apps stay connected."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auth_server.app import MIGRATIONS
from auth_server.passwords import hash_password
from shared.clock import now
from shared.secrets import digest
from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, auth_settings
from tests.consent_form import PASSWORD
from tests.schema_history import database_at, fill

CLIENT = RegisteredClient({"client_id": "cli_first", "redirect_uris": [CALLBACK]})
MASTER_KEY = "A" * 43
REFRESH_TOKEN, REGISTRATION_TOKEN = "rt_from_then", "rat_from_then"
SCOPE = "memory:read memory:write offline_access"
DETAILS = [{"type": "memory", "actions": ["read", "write"], "namespaces": ["personal"]}]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthHarness]:
    """Today's server on a database of the first schema, with Ada and an app she connected a month ago."""
    folder = tmp_path_factory.mktemp("upgraded")
    settings = auth_settings(folder, master_key=MASTER_KEY)
    write_first_database(settings.data_dir, settings.mcp_url)
    harness = AuthHarness(settings)
    with harness.http:
        harness.sign_in()
        yield harness


def write_first_database(data_dir: Path, resource: str) -> None:
    """As the first release stored a person, an app that registered itself, and a grant with its refresh token."""
    engine = database_at("0001", MIGRATIONS, data_dir / "auth.db")
    then, later = now() - timedelta(days=30), now() + timedelta(days=150)
    common = {"created_at": then}
    fill(
        engine,
        users=common
        | {"id": "usr_ada", "email": "ada@example.org", "password_hash": hash_password(PASSWORD), "is_admin": True},
        clients=common
        | {
            "client_id": CLIENT.id,
            "token_endpoint_auth_method": "none",
            "client_name": "The first app",
            "application_type": "native",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": SCOPE,
            "is_trusted": False,
            "registration_token_digest": digest(REGISTRATION_TOKEN),
            "consent_shown_at": then,
        },
        grants=common
        | {
            "id": "grt_first",
            "user_id": "usr_ada",
            "client_id": CLIENT.id,
            "resource": resource,
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "details": DETAILS,
            "revision": 1,
            "activated_at": then,
            "expires_at": later,
        },
        refresh_tokens=common
        | {
            "digest": digest(REFRESH_TOKEN),
            "grant_id": "grt_first",
            "client_id": CLIENT.id,
            "generation": 1,
            "expires_at": later,
        },
    )
    engine.dispose()


def test_an_app_refreshes_and_may_do_what_it_could(upgraded: AuthHarness) -> None:
    answer = upgraded.refresh(CLIENT, REFRESH_TOKEN)
    assert answer.status_code == 200
    allowed = upgraded.introspect(answer.json()["access_token"])
    assert (allowed["sub"], allowed["grant_id"], allowed["scope"]) == ("usr_ada", "grt_first", SCOPE)
    assert allowed["authorization_details"] == DETAILS
    assert abs(allowed["decided_at"] - allowed["iat"]) < 60, "whatever servers there were at the upgrade are meant"


def test_a_person_finds_the_app_among_theirs(upgraded: AuthHarness) -> None:
    page = upgraded.http.get("/account/apps").text
    assert "The first app" in page
    assert "grt_first" in page


def test_the_app_connects_again(upgraded: AuthHarness) -> None:
    assert upgraded.authorize(CLIENT).status_code == 200
    assert upgraded.tokens(CLIENT)["scope"] == SCOPE


def test_the_app_may_ask_for_tools_of_other_servers(upgraded: AuthHarness) -> None:
    """There were none when it registered."""
    choices = {"scope": ["gateway:call"], "server_tool": ["github *"]}
    assert upgraded.tokens(CLIENT, scope="gateway:call", choices=choices)["scope"] == "gateway:call"


def test_the_app_counts_as_registered_and_keeps_its_registration(upgraded: AuthHarness) -> None:
    header = {"Authorization": f"Bearer {REGISTRATION_TOKEN}"}
    assert upgraded.http.get(f"/register/{CLIENT.id}", headers=header).json()["client_name"] == "The first app"
    assert "unverified" in upgraded.authorize(CLIENT).text


def test_new_apps_register_beside_it(upgraded: AuthHarness) -> None:
    assert upgraded.tokens(upgraded.register())
    assert upgraded.authorize(CLIENT).status_code == 200
