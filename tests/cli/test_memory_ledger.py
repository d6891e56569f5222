"""`ostiary memory ledger`: what apps did, as the owner of the memory reads it at the machine."""

import json
from pathlib import Path

import pytest

from resource_server.memory.ledger import Action, Entry
from resource_server.memory.records import Author
from shared.clock import now
from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import PERSON, remember, stores_in


@pytest.fixture
def data_dir(beside: AuthHarness) -> Path:
    """One write by Notes, one reading by Chat."""
    folder = beside.settings.data_dir
    remember(folder, "dark coffee")
    with stores_in(folder) as stores:
        author = Author("cli_chat", "grt_2", "memory_search", "[red]Chat\x1b")
        stores.note(PERSON, Entry(now(), Action.READ, "which coffee?", ("personal",), (), author))
    return folder


@pytest.mark.usefixtures("data_dir")
def test_the_ledger_is_shown_and_narrowed() -> None:
    shown = run("memory", "ledger", "--user", PERSON)
    assert "which coffee?" in shown
    assert "[red]Chat" in shown
    assert "\x1b" not in shown
    reading, write = json.loads(run("memory", "ledger", "--user", PERSON, "--json"))
    assert (reading["question"], write["app"], write["tool"]) == ("which coffee?", "Notes", "memory_store")
    assert json.loads(run("memory", "ledger", "--user", PERSON, "--json", "--app", "notes")) == [write]
    assert json.loads(run("memory", "ledger", "--user", PERSON, "--json", "--action", "read")) == [reading]
    assert "no such entry" in run("memory", "ledger", "--user", PERSON, "--until", "2020-01-01")
    assert json.loads(run("memory", "ledger", "--user", PERSON, "--json", "--since", "2020-01-01T00:00:00"))


@pytest.mark.usefixtures("beside")
def test_who_has_no_vault_has_no_ledger() -> None:
    assert "has no vault" in refuse("memory", "ledger", "--user", "ada@example.org")
