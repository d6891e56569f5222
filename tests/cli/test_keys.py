"""`ostiary keys` (K14 to K19): made and shown once, listed, revoked, deleted, rotated and brought along."""

import json
from typing import Any

import pytest

from auth_server.models import ApiKey, User
from tests.auth_harness import AuthHarness, later
from tests.cli.invoking import all_of, refuse, run

pytestmark = pytest.mark.usefixtures("beside")
OWN_FORM = "kagura_Zk3v9QhT4mXw7RbN2cLs"


def made(*arguments: str) -> dict[str, Any]:
    """A new key, as a script sees it."""
    answer: dict[str, Any] = json.loads(run("keys", "create", "--json", *arguments))
    return answer


def listed(*arguments: str) -> list[dict[str, Any]]:
    """The list, as a script sees it."""
    lines: list[dict[str, Any]] = json.loads(run("keys", "list", "--json", *arguments))
    return lines


def test_a_key_is_printed_once_and_opens_its_owners_memories(beside: AuthHarness) -> None:
    """K14, AS-96: Ada is the only person, so it is hers; `personal` unless more is named."""
    said = run("keys", "create", "--name", "backup")
    [secret] = [word for word in said.split() if word.startswith("ost_")]
    assert "May read and write memories in personal." in said
    assert secret not in run("keys", "list", "--json")
    told = beside.introspect(secret)
    assert (told["active"], told["sub"]) == (True, listed()[0]["user_id"])


def test_it_expires_after_the_days_that_were_given(beside: AuthHarness) -> None:
    """K15."""
    secret = made("--name", "backup", "--expires", "30")["key"]
    with later(days=29):
        assert beside.introspect(secret)["active"] is True
    with later(days=31):
        assert beside.introspect(secret) == {"active": False}
        assert listed()[0]["state"] == "expired"


@pytest.mark.parametrize("option", ["--user", "--user-id"])
def test_it_can_be_anybodys(beside: AuthHarness, option: str) -> None:
    """K16: by e-mail address or id; with several people somebody must be named."""
    bob = beside.create_user("bob@example.org")
    assert "--user" in refuse("keys", "create", "--name", "backup")
    assert made("--name", "one", option, "bob@example.org")["user_id"] == bob.id
    assert made("--name", "two", option, bob.id)["user_id"] == bob.id
    assert {line["owner"] for line in listed(option, bob.id)} == {"bob@example.org"}
    assert "nobody@example.org" in refuse("keys", "create", "--name", "backup", option, "nobody@example.org")


def test_scopes_and_namespaces_are_those_that_were_named(beside: AuthHarness) -> None:
    """AS-96."""
    key = made("--name", "reader", "--scope", "memory:read", "--namespace", "work", "--namespace", "book-club")
    told = beside.introspect(key["key"])
    assert told["scope"] == "memory:read"
    assert told["authorization_details"] == [
        {"type": "memory", "actions": ["read"], "namespaces": ["book-club", "work"]}
    ]


def test_sets_of_tools_are_those_that_were_named(beside: AuthHarness) -> None:
    key = made("--name", "keeper", "--tools", "history", "--tools", "documents")
    tools = {"type": "tools", "sets": ["memory", "history", "documents"]}
    assert tools in beside.introspect(key["key"])["authorization_details"]
    assert "tools for documents too" in run("keys", "edit", "--name", "keeper", "--tools", "documents")


def test_tools_of_servers_are_those_that_were_named(beside: AuthHarness) -> None:
    key = made("--name", "agent", "--scope", "memory:read", "--server", "github=search,merge", "--server-read", "files")
    told = beside.introspect(key["key"])
    assert told["scope"] == "memory:read gateway:call"
    assert told["authorization_details"][1:] == [
        {"type": "server", "server": "files", "tools": ["*"], "read_only": True},
        {"type": "server", "server": "github", "tools": ["merge", "search"], "read_only": False},
    ]
    said = run("keys", "edit", "--name", "agent", "--scope", "gateway:call", "--server", "*")
    assert "May use all tools of every server, later ones too." in said
    assert "--server" in refuse("keys", "create", "--name", "none", "--scope", "gateway:call")
    assert "github" in refuse("keys", "create", "--name", "none", "--server", "GitHub!")


def test_what_a_key_may_do_is_changed_and_the_key_stays(beside: AuthHarness) -> None:
    """AS-96: the whole reach is named anew; what it could do before is gone."""
    key = made("--name", "reader", "--namespace", "work")
    said = run("keys", "edit", "--name", "reader", "--scope", "memory:read", "--namespace", "book-club")
    assert "May read memories in book-club." in said
    told = beside.introspect(key["key"])
    assert (told["scope"], told["grant_rev"]) == ("memory:read", 2)
    assert told["authorization_details"][0]["namespaces"] == ["book-club"]
    assert "--service" in refuse("keys", "edit", "--name", "reader", "--scope", "impersonate")
    assert beside.introspect(key["key"])["grant_rev"] == 2


def test_edit_takes_nothing_away_unasked(beside: AuthHarness) -> None:
    """Without a word it would give what a new key gets; `--same` decides anew about what is there."""
    key = made("--name", "script", "--scope", "gateway:call", "--server", "fix")
    assert "--same" in refuse("keys", "edit", "--name", "script")
    assert "--same" in refuse("keys", "edit", "--name", "script", "--same", "--server", "fix")
    before = beside.introspect(key["key"])
    with later(days=1):
        assert "May use all tools of fix" in run("keys", "edit", "--name", "script", "--same")
        told = beside.introspect(key["key"])
    same = ("scope", "authorization_details")
    assert [told[name] for name in same] == [before[name] for name in same]
    assert told["decided_at"] > before["decided_at"]


def test_a_key_for_a_named_server_says_what_becomes_of_the_name() -> None:
    said = run("keys", "create", "--name", "one", "--scope", "gateway:call", "--server", "fix")
    assert "added later, or again, as fix is not reached until `ostiary keys edit --id key_" in said
    assert "--same" not in run("keys", "create", "--name", "all", "--scope", "gateway:call", "--server", "*")


def test_a_service_has_memories_of_its_own_and_alone_may_act_for_others(beside: AuthHarness) -> None:
    """Decision M29; `impersonate` is given here and nowhere else, and never to a person."""
    key = made("--name", "gateway", "--service", "gateway", "--scope", "memory:read impersonate")
    told = beside.introspect(key["key"])
    assert told["authorization_details"][0]["namespaces"] == ["*"]
    assert "impersonate" in told["scope"]
    assert {user.kind for user in all_of(User, beside.settings.data_dir)} == {"person", "service"}
    said = run("keys", "create", "--name", "another", "--service", "gateway", "--scope", "impersonate")
    assert "May act in the name of every person here." in said
    assert "--service" in refuse("keys", "create", "--name", "mine", "--scope", "impersonate")


def test_only_administrators_and_services_get_keys_that_administer(beside: AuthHarness) -> None:
    """AS-119."""
    assert "no administrator" in refuse("keys", "create", "--name", "admin", "--scope", "admin")
    root = beside.create_user("root@example.org", is_admin=True)
    assert made("--name", "admin", "--user", root.id, "--scope", "admin")["authorization_details"] == []
    assert made("--name", "admin", "--service", "ops", "--scope", "admin")["scope"] == "admin"
    ada = "ada@example.org"
    assert "no administrator" in refuse("keys", "create", "--name", "s", "--user", ada, "--scope", "gateway:manage")
    assert made("--name", "servers", "--user", root.id, "--scope", "gateway:manage")["scope"] == "gateway:manage"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--name", " "],
        ["--name", "x" * 101],
        ["--name", "a\x00b"],
        ["--name", "a\udcffb"],
        ["--name", "one", "--scope", "everything"],
        ["--name", "one", "--namespace", "Not a slug"],
        ["--name", "one", "--namespace", "x" * 10_000],
        ["--name", "one", "--service", "No Name"],
        ["--name", "one", "--service", "ci", "--user", "ada@example.org"],
        ["--name", "one", "--user", "\x00"],
        ["--name", "one", "--user", "\udcff@example.org"],
    ],
)
def test_what_makes_no_key_is_said_in_one_line(beside: AuthHarness, arguments: list[str]) -> None:
    refuse("keys", "create", *arguments)
    assert all_of(ApiKey, beside.settings.data_dir) == []


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(beside: AuthHarness) -> None:
    """K17, K18: by its name among those that work."""
    secret = made("--name", "backup")["key"]
    assert "backup of ada@example.org" in run("keys", "revoke", "--name", "backup")
    assert beside.introspect(secret) == {"active": False}
    assert [(line["name"], line["state"]) for line in listed()] == [("backup", "revoked")]
    assert "backup" in refuse("keys", "revoke", "--name", "backup")
    made("--name", "backup")
    run("keys", "revoke", "--name", "backup")
    assert {line["state"] for line in listed()} == {"revoked"}


def test_a_deleted_key_is_forgotten(beside: AuthHarness) -> None:
    """K19: one that works ends with it, and one that had ended can be forgotten too."""
    secret = made("--name", "backup")["key"]
    run("keys", "delete", "--name", "backup")
    assert beside.introspect(secret) == {"active": False}
    assert listed() == []
    key_id = made("--name", "backup")["id"]
    run("keys", "revoke", "--id", key_id)
    run("keys", "delete", "--name", "backup")
    assert all_of(ApiKey, beside.settings.data_dir) == []


def test_a_name_that_several_people_use_is_not_guessed(beside: AuthHarness) -> None:
    bob = beside.create_user("bob@example.org")
    made("--name", "backup", "--user", "ada@example.org")
    made("--name", "backup", "--user", bob.id)
    assert "--id" in refuse("keys", "revoke", "--name", "backup")
    run("keys", "revoke", "--name", "backup", "--user", bob.id)
    assert {line["owner"]: line["state"] for line in listed()} == {
        "bob@example.org": "revoked",
        "ada@example.org": "works",
    }


@pytest.mark.parametrize("arguments", [[], ["--name", "x", "--id", "y"], ["--name", "\x00"], ["--id", "\udcff"]])
@pytest.mark.parametrize("command", ["revoke", "delete", "rotate"])
def test_a_key_that_is_not_named_is_asked_for(command: str, arguments: list[str]) -> None:
    refuse("keys", command, *arguments)


def test_a_rotated_key_works_as_long_as_was_said(beside: AuthHarness) -> None:
    """AS-96: the new one has the same name and reach; revoking the name ends both."""
    old = made("--name", "backup", "--namespace", "work")["key"]
    new = json.loads(run("keys", "rotate", "--name", "backup", "--overlap", "7", "--json"))["key"]
    newest = json.loads(run("keys", "rotate", "--name", "backup", "--overlap", "1", "--json"))["key"]
    assert all(beside.introspect(key)["active"] for key in (old, new, newest))
    run("keys", "revoke", "--name", "backup")
    assert not any(beside.introspect(key)["active"] for key in (old, new, newest))


def test_keys_of_an_earlier_system_work_here_and_are_not_printed(beside: AuthHarness) -> None:
    """K14, M51: of any form; what is here already is left alone."""
    lines = f"# from the old server\nlaptop:{OWN_FORM}\n\nphone: {OWN_FORM}2\n"
    said = run("keys", "import", "--namespace", "work", given=lines)
    assert "2 keys of ada@example.org imported." in said
    assert OWN_FORM not in said
    assert beside.introspect(OWN_FORM)["authorization_details"][0]["namespaces"] == ["work"]
    assert "no keys of ada@example.org imported (2 known already)." in run("keys", "import", given=lines)


def test_they_can_come_as_json_with_their_ends(beside: AuthHarness, tmp_path: Any) -> None:
    """K14, K15."""
    given = [
        {"name": "laptop", "key": OWN_FORM, "expires_at": "2099-01-01T00:00:00"},
        {"name": "phone", "key": f"{OWN_FORM}2", "expires_at": "2020-01-01T00:00:00+00:00"},
    ]
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": given}))
    said = run("keys", "import", str(file), "--service", "old-server")
    assert "1 key of the service old-server imported (1 expired)." in said
    assert listed()[0]["expires_at"].startswith("2099-01-01")
    assert beside.introspect(OWN_FORM)["active"] is True
    run("keys", "import", "--service", "more", given=json.dumps({"tablet": f"{OWN_FORM}3"}))


@pytest.mark.parametrize(
    "given",
    [
        "",
        OWN_FORM,
        f"laptop:{OWN_FORM}\nphone:",
        f"laptop:{OWN_FORM} x",
        f"laptop:{OWN_FORM}\nlaptop:{OWN_FORM}2",
        "laptop:rt_abcdefghijklmnopqrstuvwxyz",
        "laptop:ost_abcdefghijklmnopqrstuvwxyz",
        "laptop:abc.def.ghi",
        f"\x00:{OWN_FORM}",
        f'[{{"name": "laptop", "key": "{OWN_FORM}"',
        f'[{{"name": "laptop", "key_hash": "{OWN_FORM}"}}]',
        f'[{{"name": "laptop", "key": "{OWN_FORM}", "expires_at": "soon"}}]',
        f'["{OWN_FORM}"]',
        '{"keys": 7}',
    ],
)
def test_what_cannot_be_imported_is_named_by_its_place_and_changes_nothing(beside: AuthHarness, given: str) -> None:
    """A key is repeated nowhere, whatever is wrong with it."""
    line = refuse("keys", "import", given=given)
    assert OWN_FORM not in line
    assert all_of(ApiKey, beside.settings.data_dir) == []


def test_a_file_that_is_not_there_is_named() -> None:
    assert "/nowhere/keys" in refuse("keys", "import", "/nowhere/keys")


def test_the_words_of_the_guide_do_the_same(beside: AuthHarness) -> None:
    """K14 to K19: `api create-key`, `list-keys`, `revoke-key` and `delete-key`."""
    said = run("api", "create-key", "--name", "laptop", "--expires", "7", "--user-id", "ada@example.org")
    [secret] = [word for word in said.split() if word.startswith("ost_")]
    assert "laptop" in run("api", "list-keys", "--user-id", "ada@example.org")
    run("api", "revoke-key", "--name", "laptop")
    assert beside.introspect(secret) == {"active": False}
    run("api", "delete-key", "--name", "laptop")
    assert "no API key yet" in run("api", "list-keys")


def test_the_list_fits_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    key = made("--name", "[red]a name that is somewhat long", "--expires", "30")
    lines = run("keys", "list").splitlines()
    assert key["id"] in lines[1]
    assert "[red]a" in lines[1]
    assert max(map(len, lines)) <= 80


def test_a_list_makes_no_service(beside: AuthHarness) -> None:
    assert "ghost" in refuse("keys", "list", "--service", "ghost")
    assert len(all_of(User, beside.settings.data_dir)) == 1
