"""RFC 9396: sets of tools are details too, chosen on the consent page and kept by the grant."""

import json
from typing import Any

import pytest

from tests.auth_harness import AuthHarness
from tests.spec.consent_steps import consent_form, granted, send

PERSONAL = {"type": "memory", "actions": ["read", "write"], "namespaces": ["personal"]}


def tools(*sets: str) -> dict[str, Any]:
    return {"type": "tools", "sets": list(sets)}


def test_a_new_app_starts_with_the_standard_sets_and_its_grant_names_none(settled: AuthHarness) -> None:
    """So that an app gets what a later release adds to them."""
    client = settled.register()
    form = consent_form(settled, client)
    assert form["tools"] == ["memory", "conversations", "graph"]
    send(settled, form)
    assert granted(settled, client)[0].details_json == [PERSONAL]


@pytest.mark.parametrize(
    ("ticked", "kept"),
    [
        (["memory", "history"], ["memory", "history"]),
        (["memory"], ["memory"]),
        (["history"], ["memory", "history"]),
        (["memory", "nonsense", "graph"], ["memory", "graph"]),
    ],
)
def test_what_is_ticked_is_what_the_grant_names(settled: AuthHarness, ticked: list[str], kept: list[str]) -> None:
    client = settled.register()
    send(settled, consent_form(settled, client) | {"tools": ticked})
    assert granted(settled, client)[0].details_json == [PERSONAL, tools(*kept)]


def test_a_request_that_names_sets_is_offered_no_others(settled: AuthHarness) -> None:
    """AS-26."""
    client = settled.register()
    asked = json.dumps([PERSONAL, tools("memory", "documents")])
    form = consent_form(settled, client, authorization_details=asked)
    assert form["tools"] == ["memory", "documents"]
    send(settled, form | {"tools": ["memory", "documents", "history"]})
    assert granted(settled, client)[0].details_json == [PERSONAL, tools("memory", "documents")]


def test_an_app_that_asks_again_starts_with_the_sets_it_has(settled: AuthHarness) -> None:
    client = settled.register()
    settled.tokens(client, choices={"tools": ["memory", "history"]})
    assert consent_form(settled, client)["tools"] == ["memory", "history"]


@pytest.mark.parametrize("sets", [[], ["shell"], "history", ["memory"] * 6])
def test_sets_that_are_none_are_refused(settled: AuthHarness, sets: Any) -> None:
    """RFC 9396 §5."""
    client = settled.connected_client()
    asked = json.dumps([PERSONAL, {"type": "tools", "sets": sets}])
    assert settled.redirected_error(client, authorization_details=asked)["error"] == "invalid_authorization_details"


def test_the_token_response_says_which_sets(settled: AuthHarness) -> None:
    """RFC 9396 §7."""
    client = settled.register()
    answer = settled.tokens(client, choices={"tools": ["memory", "history"]})
    assert answer["authorization_details"] == [PERSONAL, tools("memory", "history")]
