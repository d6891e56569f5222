"""`ostiary users` and `ostiary grants`: accounts are found, shut out, given rights, deleted while the server runs."""

import json

from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run

ADA = "ada@example.org"


def shown(who: str = ADA) -> dict[str, object]:
    found: dict[str, object] = json.loads(run("users", "show", who, "--json"))
    return found


def test_accounts_are_listed_and_shown(beside: AuthHarness) -> None:
    beside.create_user("[red]bob@example.org", is_admin=True)
    assert "[red]bob@example.org" in run("users", "list")
    [found] = json.loads(run("users", "list", "ADA", "--json"))
    assert (found["email"], found["is_admin"]) == (ADA, False)
    assert "No account" in run("users", "list", "nobody")
    assert "password" in run("users", "show", ADA)


def test_an_account_is_shut_out_and_let_in(beside: AuthHarness) -> None:
    tokens = beside.tokens(beside.register())
    run("users", "disable", ADA)
    assert beside.introspect(tokens["access_token"]) == {"active": False}
    assert shown()["is_disabled"] is True
    run("users", "enable", ADA)
    assert beside.introspect(tokens["access_token"])["active"] is True


def test_rights_are_given_and_the_last_administrator_keeps_them(beside: AuthHarness) -> None:
    run("users", "make-admin", ADA)
    assert "last administrator" in refuse("users", "unmake-admin", ADA)
    assert "last administrator" in refuse("users", "disable", ADA)
    assert "last administrator" in refuse("users", "delete", ADA, "--yes")
    beside.create_user("bob@example.org", is_admin=True)
    run("users", "unmake-admin", ADA)
    assert shown()["is_admin"] is False


def test_an_account_is_deleted_by_typing_what_it_is_called(beside: AuthHarness) -> None:
    tokens = beside.tokens(beside.register())
    assert "not deleted" in refuse("users", "delete", ADA, given="somebody else\n").lower()
    assert "/erasures/" in run("users", "delete", ADA, given=f"{ADA}\n")
    assert beside.introspect(tokens["access_token"]) == {"active": False}
    assert "no account" in refuse("users", "show", ADA)


def test_connections_are_listed_and_ended(beside: AuthHarness) -> None:
    first, second = beside.register(client_name="[red]Notes"), beside.register()
    tokens = beside.tokens(first)
    beside.tokens(second)
    assert "[red]Notes" in run("grants", "list", "--person", ADA)
    [grant] = json.loads(run("grants", "list", "--app", first.id, "--json"))
    assert "Ended 1 connection" in run("grants", "revoke", grant["id"])
    assert beside.introspect(tokens["access_token"]) == {"active": False}
    assert "Ended 1 connection" in run("grants", "revoke", "--person", ADA)
    assert "No connection" in run("grants", "list")
    assert "no connection has" in refuse("grants", "revoke", "grt_nothing")
    assert "name a connection" in refuse("grants", "revoke")
