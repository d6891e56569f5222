"""`ostiary memory share`: namespaces are shared, and taken back, while the servers run."""

import json

import pytest

from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run

ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture(autouse=True)
def people(beside: AuthHarness) -> None:
    """Ada and Bob have accounts."""
    beside.create_user(BOB)


def listed() -> list[tuple[str, str]]:
    """Who shares the only namespace, and as what."""
    [share] = json.loads(run("memory", "share", "list", "--json"))
    return [(member["label"], member["role"]) for member in share["members"]]


def test_a_namespace_is_shared_and_taken_back() -> None:
    assert "Nothing is shared" in run("memory", "share", "list")
    run("memory", "share", "create", "our-home", "--owner", ADA)
    said = run("memory", "share", "add", "our-home", BOB, "--role", "writer", "--as", "ada-and-me", "--label", "Bobby")
    assert "Bobby shares it as a writer, under the name ada-and-me" in said
    assert listed() == [(ADA, "owner"), ("Bobby", "writer")]
    shown = run("memory", "share", "list")
    assert "who sees it as ada-and-me" in shown
    run("memory", "share", "role", "our-home", BOB, "owner")
    assert listed() == [(ADA, "writer"), ("Bobby", "owner")]
    run("memory", "share", "remove", "our-home", ADA)
    assert listed() == [("Bobby", "owner")]
    assert "not deleted" in refuse("memory", "share", "delete", "our-home", given="no\n").lower()
    run("memory", "share", "delete", "our-home", given="our-home\n")
    assert "Nothing is shared" in run("memory", "share", "list")


def test_what_cannot_be_done_is_said_in_one_line() -> None:
    assert "cannot be shared" in refuse("memory", "share", "create", "personal", "--owner", ADA)
    assert "no account" in refuse("memory", "share", "create", "home", "--owner", "nobody@example.org")
    run("memory", "share", "create", "home", "--owner", ADA)
    assert "shares another namespace" in refuse("memory", "share", "create", "home", "--owner", ADA)
    assert "does not share it" in refuse("memory", "share", "remove", "home", BOB)
    assert "owner cannot be removed" in refuse("memory", "share", "remove", "home", ADA)
    assert "needs an owner" in refuse("memory", "share", "role", "home", ADA, "reader")
    assert "no shared namespace" in refuse("memory", "share", "add", "house", BOB)
    run("memory", "share", "create", "home", "--owner", BOB)
    assert "several" in refuse("memory", "share", "add", "home", ADA)
