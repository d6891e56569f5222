"""`ostiary memory chat-endpoint`: a person keeps their conversations from the language model."""

from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import PERSON, remember


def test_a_person_is_kept_out_and_let_in_again(beside: AuthHarness) -> None:
    remember(beside.settings.data_dir, "dark coffee")
    assert run("memory", "chat-endpoint", "--user", PERSON).startswith("on")
    assert run("memory", "chat-endpoint", "off", "--user", PERSON).startswith("off")
    assert run("memory", "chat-endpoint", "--user", PERSON).startswith("off")
    assert run("memory", "chat-endpoint", "on", "--user", PERSON).startswith("on")
    assert "has no vault" in refuse("memory", "chat-endpoint", "off", "--user", "ada@example.org")
