"""`ostiary trust`: the rules change while the server runs."""

import json

import pytest

from tests.auth_harness import CALLBACK, AuthHarness, error_of
from tests.cli.invoking import refuse, run
from tests.spec.registration_steps import registering

METADATA = "/.well-known/oauth-authorization-server"
UNTOUCHED = {
    "documents": True,
    "registration": "open",
    "allowed_hosts": [],
    "denied_hosts": [],
    "initial_access_tokens": 0,
}

pytestmark = pytest.mark.usefixtures("beside")


def shown() -> dict[str, object]:
    """The rules as a script reads them."""
    rules: dict[str, object] = json.loads(run("trust", "show", "--json"))
    return rules


def test_nothing_is_forbidden_at_first() -> None:
    assert shown() == UNTOUCHED
    assert "open" in run("trust", "show")


def test_registration_is_switched_under_a_running_server(beside: AuthHarness) -> None:
    """AS-80: no restart."""
    run("trust", "registration", "off")
    assert error_of(registering(beside)) == (403, "access_denied")
    assert "registration_endpoint" not in beside.http.get(METADATA).json()
    run("trust", "registration", "open")
    assert registering(beside).status_code == 201


def test_a_registration_token_is_printed_once_and_registers(beside: AuthHarness) -> None:
    """AS-80, RFC 7591 §3."""
    run("trust", "registration", "token")
    token = run("trust", "registration-token", "--days", "2").split()[0]
    header = {"Authorization": f"Bearer {token}"}
    assert beside.http.post("/register", json={"redirect_uris": [CALLBACK]}, headers=header).status_code == 201
    assert shown()["initial_access_tokens"] == 1
    assert token not in run("trust", "show")


def test_tokens_are_revoked_together(beside: AuthHarness) -> None:
    """AS-80: when one got into wrong hands."""
    run("trust", "registration", "token")
    token = run("trust", "registration-token").split()[0]
    run("trust", "revoke-registration-tokens")
    header = {"Authorization": f"Bearer {token}"}
    answer = beside.http.post("/register", json={"redirect_uris": [CALLBACK]}, headers=header)
    assert error_of(answer) == (401, "invalid_token")
    assert shown()["initial_access_tokens"] == 0


def test_a_script_gets_the_token_alone() -> None:
    answer = json.loads(run("trust", "registration-token", "--json"))
    assert answer["initial_access_token"].startswith("iat_")
    assert answer["expires_in"] == 7 * 24 * 60 * 60


def test_a_token_nobody_asks_for_is_said_to_be_so() -> None:
    assert "trust registration token" in run("trust", "registration-token")


def test_documents_and_hosts_have_their_switches() -> None:
    """AS-80."""
    run("trust", "documents", "off")
    run("trust", "allow", "Claude.AI")
    run("trust", "deny", "*.evil.example")
    assert shown() == UNTOUCHED | {
        "documents": False,
        "allowed_hosts": ["claude.ai"],
        "denied_hosts": ["*.evil.example"],
    }
    assert "*.evil.example" in run("trust", "show")


def test_whoever_allows_a_host_is_told_of_the_door_that_stays_open() -> None:
    """AS-80: host rules say nothing about apps that register themselves."""
    command = "trust registration off"
    assert command in run("trust", "allow", "claude.ai")
    run(*command.split())
    assert command not in run("trust", "allow", "chatgpt.com")


@pytest.mark.parametrize(("made", "said"), [(0, "no initial access tokens are"), (1, "1 initial access token is")])
def test_what_was_revoked_is_counted_in_words(made: int, said: str) -> None:
    for _ in range(made):
        run("trust", "registration-token")
    assert said in run("trust", "revoke-registration-tokens").lower()


def test_whoever_forgets_the_last_permission_is_told_what_that_opens() -> None:
    run("trust", "allow", "claude.ai")
    assert "Every host" in run("trust", "forget", "claude.ai")
    assert shown() == UNTOUCHED
    assert "claude.ai" in refuse("trust", "forget", "claude.ai")


def test_an_address_is_no_host() -> None:
    for command in ("allow", "deny", "forget"):
        assert "https://" in refuse("trust", command, "https://claude.ai/")
    assert shown() == UNTOUCHED
