"""`ostiary clients approve`, `block`, `rotate-secret`, `clean-up` and `create-service`, while the server runs."""

import json

import pytest

from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, error_of, later
from tests.cli.invoking import refuse, run

pytestmark = pytest.mark.usefixtures("beside")
UNVERIFIED = "Registered itself, unverified"
APPROVED = "Approved by your administrator"


def entered() -> RegisteredClient:
    """An app with a secret."""
    created = run("clients", "create", "Notes", "--redirect-uri", CALLBACK, "--json")
    return RegisteredClient(json.loads(created))


def rotated(client: RegisteredClient, *options: str) -> str:
    return str(json.loads(run("clients", "rotate-secret", client.id, "--json", *options))["client_secret"])


def test_an_approved_app_is_not_called_unverified(beside: AuthHarness) -> None:
    """AS-20: people read who vouches for it."""
    client = beside.register()
    assert UNVERIFIED in beside.authorize(client).text
    run("clients", "approve", client.id)
    page = beside.authorize(client).text
    assert APPROVED in page
    assert UNVERIFIED not in page


def test_an_app_that_becomes_another_loses_its_approval(beside: AuthHarness) -> None:
    """AS-27, RFC 7592 §2.2: what was approved was another name."""
    client = beside.register()
    run("clients", "approve", client.id)
    renamed = {"client_id": client.id, "client_name": "Claude", "redirect_uris": [CALLBACK]}
    bearer = {"Authorization": f"Bearer {client.information['registration_access_token']}"}
    document = renamed | {"token_endpoint_auth_method": "none"}
    assert beside.http.put(f"/register/{client.id}", json=document, headers=bearer).status_code == 200
    assert UNVERIFIED in beside.authorize(client).text


def test_an_app_entered_by_hand_needs_no_approval() -> None:
    assert "registered itself" in refuse("clients", "approve", entered().id)


def test_a_blocked_app_gets_nothing_and_an_unblocked_one_goes_on(beside: AuthHarness) -> None:
    """RFC 6749 §5.2: invalid_grant, for at invalid_client apps register anew."""
    client = beside.register()
    tokens = beside.tokens(client)
    code = beside.approve(client)["code"]
    run("clients", "block", client.id)
    assert beside.introspect(tokens["access_token"]) == {"active": False}
    assert error_of(beside.refresh(client, tokens["refresh_token"])) == (400, "invalid_grant")
    assert error_of(beside.redeem(client, code)) == (400, "invalid_grant")
    page = beside.authorize(client)
    assert page.status_code == 400
    assert "blocked" in page.text
    run("clients", "unblock", client.id)
    assert beside.introspect(tokens["access_token"])["active"] is True
    assert beside.refresh(client, tokens["refresh_token"]).status_code == 200
    assert beside.authorize(client).status_code == 200


def test_the_secret_before_the_last_works_for_a_while(beside: AuthHarness) -> None:
    client = entered()
    tokens = beside.tokens(client)
    new = rotated(client, "--hours", "2")
    again = beside.refresh(client, tokens["refresh_token"])
    assert again.status_code == 200
    newest = beside.refresh(client, again.json()["refresh_token"], client_secret=new)
    assert newest.status_code == 200
    with later(hours=2, seconds=1):
        refused = beside.refresh(client, newest.json()["refresh_token"])
        assert error_of(refused) == (401, "invalid_client")


def test_a_second_rotation_does_not_end_what_the_app_still_uses(beside: AuthHarness) -> None:
    client = entered()
    rotated(client)
    assert "works until" in refuse("clients", "rotate-secret", client.id)
    assert error_of(beside.redeem(client, "ac_x")) == (400, "invalid_grant")


def test_without_overlap_every_earlier_secret_ends_at_once(beside: AuthHarness) -> None:
    client = entered()
    first = rotated(client)
    rotated(client, "--hours", "0")
    assert error_of(beside.redeem(client, "ac_x")) == (401, "invalid_client")
    with_first = beside.redeem(client, "ac_x", client_secret=first)
    assert error_of(with_first) == (401, "invalid_client")


def test_a_public_app_has_no_secret_to_change(beside: AuthHarness) -> None:
    assert "no secret" in refuse("clients", "rotate-secret", beside.register().id)


def test_unused_apps_are_counted_first_and_deleted_when_asked(beside: AuthHarness) -> None:
    """Those that hold or held a grant stay, and so do those an administrator said something of."""
    used, approved, blocked, unused = (beside.register() for _ in range(4))
    beside.tokens(used)
    run("clients", "approve", approved.id)
    run("clients", "block", blocked.id)
    with later(days=2):
        assert "1 unused app" in run("clients", "clean-up", "--days", "1")
        assert "1 unused app" in run("clients", "clean-up", "--days", "1", "--yes")
        left = {client["client_id"] for client in json.loads(run("clients", "list", "--json"))}
    assert left == {used.id, approved.id, blocked.id}
    assert unused.id not in left


def test_an_app_is_shown_with_where_it_came_from(beside: AuthHarness) -> None:
    with beside.browser_at("2001:db8::7") as browser:
        document = {"client_name": "[red]Notes", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
        client_id = browser.post("/register", json=document).json()["client_id"]
    shown = json.loads(run("clients", "show", client_id, "--json"))
    assert (shown["registered_from"], shown["entered_by"], shown["method"]) == ("2001:db8::/64", "", "none")
    assert "registered itself from 2001:db8::/64" in run("clients", "show", client_id)
    assert "entered by a command" in run("clients", "show", entered().id)
    assert "no app has" in refuse("clients", "show", "cli_nobody")


def test_a_service_is_entered_with_what_it_may_do() -> None:
    """RFC 6749 §4.4: an app in its own name, which nobody is asked about."""
    service = json.loads(run("clients", "create-service", "Backup", "--read", "*", "--write", "work", "--json"))
    shown = json.loads(run("clients", "show", service["client_id"], "--json"))
    assert service["client_secret"].startswith("cs_")
    assert shown["grant_types"] == ["client_credentials"]
    assert (shown["scope"], shown["reach"]) == ("memory:read memory:write", "reads all namespaces, writes 1 namespace")
    assert shown["redirect_uris"] == []
    agent = json.loads(run("clients", "create-service", "Agent", "--server", "github=search", "--json"))
    shown = json.loads(run("clients", "show", agent["client_id"], "--json"))
    assert (shown["scope"], shown["reach"]) == ("gateway:call", "calls 1 tool of 1 server")


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--read", "Not A Slug"],
        ["--server", "Not A Name"],
        ["--read", "work", "--method", "none"],
        ["--read", "work", "--method", "private_key_jwt"],
        ["--read", "work", "--method", "private_key_jwt", "--jwks-uri", "http://keys.example/jwks"],
        ["--read", "work", "--jwks-uri", "https://keys.example/jwks"],
        ["--read", "work", "--method", "private_key_jwt", "--jwks", "/nowhere"],
    ],
)
def test_what_makes_no_service_is_said_in_a_line(options: list[str]) -> None:
    refuse("clients", "create-service", "Backup", *options)


def test_nobody_is_asked_about_a_service(beside: AuthHarness) -> None:
    """OAuth 2.1 §2.3: it has no place to return to, so no code can be asked for it."""
    service = json.loads(run("clients", "create-service", "Backup", "--read", "work", "--json"))
    client = RegisteredClient(service | {"redirect_uris": [CALLBACK]})
    assert beside.authorize(client).status_code == 400
