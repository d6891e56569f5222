"""`ostiary clients`: apps are entered by hand, listed, trusted and deleted while the server runs."""

import json
from typing import Any

import pytest

from auth_server.trust.known_apps import KNOWN_APPS, AppName, Method
from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, error_of
from tests.cli.invoking import refuse, run

pytestmark = pytest.mark.usefixtures("beside")


def entered(*arguments: str) -> RegisteredClient:
    """An app entered by hand, as a script sees it."""
    return RegisteredClient(json.loads(run("clients", "create", "--json", *arguments)))


def listed() -> dict[str, dict[str, Any]]:
    """The list, by client id."""
    return {client["client_id"]: client for client in json.loads(run("clients", "list", "--json"))}


def test_an_app_entered_by_hand_connects_with_its_secret(beside: AuthHarness) -> None:
    """Claude's advanced settings take a client id and a secret, which it sends in the form."""
    claude = entered("--for", "claude")
    tokens = beside.tokens(claude)
    assert beside.refresh(claude, tokens["refresh_token"]).status_code == 200
    wrong = beside.refresh(claude, tokens["refresh_token"], client_secret="cs_wrong")
    assert error_of(wrong) == (401, "invalid_client")


@pytest.mark.parametrize("app", ["claude", "chatgpt", "claude-code", "cursor", "vscode"])
def test_what_is_known_about_an_app_is_filled_in(beside: AuthHarness, app: str) -> None:
    """Its addresses are accepted as they are, and a person sees its consent page."""
    client = entered("--for", app)
    for redirect_uri in client.information["redirect_uris"]:
        answer = beside.authorize(client, redirect_uri=redirect_uri)
        assert answer.status_code == 200
        assert client.information["client_name"] in answer.text
        assert "administrator" in answer.text


def test_what_is_known_can_be_completed() -> None:
    """ChatGPT shows an address of its own for each connector."""
    own = "https://chatgpt.com/connector/oauth/abc"
    client = entered("Ours", "--for", "chatgpt", "--redirect-uri", own, "--method", "none")
    assert client.information["client_name"] == "Ours"
    assert own in client.information["redirect_uris"]
    assert "client_secret" not in client.information


def test_people_read_the_id_the_secret_and_where_answers_go() -> None:
    said = run("clients", "create", "Notes", "--redirect-uri", CALLBACK)
    [client_id] = listed()
    assert client_id in said
    assert CALLBACK in said
    [secret] = [word for word in said.split() if word.startswith("cs_")]
    assert secret not in run("clients", "list", "--json")


@pytest.mark.parametrize(
    "arguments",
    [
        ["Notes"],
        ["--redirect-uri", CALLBACK],
        [" ", "--redirect-uri", CALLBACK],
        ["Notes", "--redirect-uri", "javascript:alert(1)"],
        ["Notes", "--redirect-uri", "http://app.example.com/callback"],
    ],
)
def test_what_could_not_register_cannot_be_entered(arguments: list[str]) -> None:
    assert "clients create --help" in refuse("clients", "create", *arguments)
    assert listed() == {}


def test_the_list_says_how_an_app_is_known_and_how_many_hold_it(beside: AuthHarness) -> None:
    registered, claude = beside.register(client_name="[red]Notes"), entered("--for", "claude")
    beside.tokens(registered)
    beside.tokens(registered)
    beside.approve(claude)
    assert listed()[registered.id] | {"created_at": ""} == {
        "client_id": registered.id,
        "name": "[red]Notes",
        "origin": "registered",
        "redirects": ["localhost:8123"],
        "live_grants": 2,
        "is_trusted": False,
        "is_approved": False,
        "is_blocked": False,
        "created_at": "",
    }
    assert (listed()[claude.id]["origin"], listed()[claude.id]["live_grants"]) == ("administrator", 0)
    table = run("clients", "list")
    assert {registered.id, "[red]Notes", "claude.com", "registered"} <= set(table.split())


def test_an_empty_list_is_said_to_be_empty() -> None:
    assert "No app" in run("clients", "list")


def test_deleting_an_app_ends_what_people_allowed_it(beside: AuthHarness) -> None:
    """AS-50: as its own DELETE does (RFC 7592 §2.3)."""
    client = beside.register(client_name="Notes")
    tokens = beside.tokens(client)
    said = run("clients", "delete", client.id)
    assert "Notes" in said
    assert "1 connection ended" in said
    assert beside.introspect(tokens["access_token"]) == {"active": False}
    assert error_of(beside.refresh(client, tokens["refresh_token"])) == (401, "invalid_client")
    assert "client_deleted" in beside.audited(client.id)
    assert listed() == {}


def test_a_trusted_app_may_ask_silently_and_the_audit_says_so(beside: AuthHarness) -> None:
    """AS-17."""
    client = beside.register()
    assert beside.authorize(client, prompt="none").status_code == 400
    run("clients", "trust", client.id)
    assert beside.authorize(client, prompt="none").status_code == 303
    assert "client_changed" in beside.audited(client.id)
    assert listed()[client.id]["is_trusted"]


def test_trust_can_be_taken_back(beside: AuthHarness) -> None:
    """AS-17."""
    client = beside.register()
    run("clients", "trust", client.id)
    run("clients", "distrust", client.id)
    assert beside.authorize(client, prompt="none").status_code == 400
    assert not listed()[client.id]["is_trusted"]


@pytest.mark.parametrize("app", AppName)
def test_the_end_says_where_the_client_id_goes(app: AppName) -> None:
    last = run("clients", "create", "--for", app).splitlines()[-1]
    assert last != f"  {KNOWN_APPS[app].redirect_uris[-1]}"
    assert "{" not in last.replace('{"CLIENT_ID"', "")


def test_whoever_gives_nothing_is_told_what_to_give() -> None:
    said = refuse("clients", "create")
    assert all(word in said for word in ("--redirect-uri", "--for", *AppName))


@pytest.mark.parametrize("app", [app for app, known in KNOWN_APPS.items() if known.method is Method.NONE])
def test_an_app_on_peoples_computers_gets_no_secret(app: AppName) -> None:
    """OAuth 2.1 §2.1: it could not keep one."""
    assert "--method" in refuse("clients", "create", "--for", app, "--method", Method.POST)
    assert listed() == {}


def test_the_list_fits_eighty_columns(beside: AuthHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    client = beside.register(client_name="A name that is somewhat long", redirect_uris=["https://app.example.org/back"])
    beside.tokens(client, redirect_uri="https://app.example.org/back")
    head, *lines = run("clients", "list").splitlines()
    assert head.split()[-1] == "Connected"
    assert client.id in lines[0]
    assert lines[0].split()[-1] == "1"
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", ["trust", "distrust", "delete"])
def test_an_unknown_app_is_named(command: str) -> None:
    assert "cli_nobody" in refuse("clients", command, "cli_nobody")
