"""RFC 9396: rich authorization requests."""

import json

import pytest

from tests.auth_harness import AuthHarness


def asked(*details: dict[str, object]) -> str:
    return json.dumps(details)


READ_WORK = {"type": "memory", "actions": ["read"], "namespaces": ["work"]}


def test_the_token_response_says_what_was_granted(settled: AuthHarness) -> None:
    """AS-89, RFC 9396 §7: also when the request named no details."""
    tokens = settled.tokens(settled.register(), choices={"read": ["personal"], "write": ["personal"]})
    assert tokens["authorization_details"] == [
        {"type": "memory", "actions": ["read", "write"], "namespaces": ["personal"]}
    ]


def test_requested_details_bound_the_grant(settled: AuthHarness) -> None:
    """AS-89, RFC 9396 §5, §7, §9.2: whatever the form says; introspection agrees with the token response."""
    tokens = settled.tokens(
        settled.register(),
        authorization_details=asked(READ_WORK),
        choices={"read": ["work", "personal"], "write": ["work"]},
    )
    assert tokens["authorization_details"] == [READ_WORK]
    assert settled.introspect(tokens["access_token"])["authorization_details"] == [READ_WORK]


def test_a_refresh_says_it_again(settled: AuthHarness) -> None:
    """AS-89, RFC 9396 §7."""
    client = settled.register()
    tokens = settled.tokens(client)
    refreshed = settled.refresh(client, tokens["refresh_token"]).json()
    assert refreshed["authorization_details"] == tokens["authorization_details"]


MALFORMED = [
    "x",
    "{}",
    "7",
    "null",
    asked({"type": "payment", "actions": ["read"], "namespaces": ["work"]}),
    asked(READ_WORK | {"colour": "blue"}),
    asked(READ_WORK | {"actions": ["erase"]}),
    asked(READ_WORK | {"actions": []}),
    asked(READ_WORK | {"namespaces": []}),
    asked(READ_WORK | {"namespaces": ["Not A Slug"]}),
    asked(READ_WORK | {"namespaces": [7]}),
    asked({"actions": ["read"], "namespaces": ["work"], "type": 7}),
    "[" * 5000,
    f"[{'1' * 5000}]",
    asked(READ_WORK) + " " * 21_000,
    '[{"type": "memory", "actions": ["read"], "namespaces": ["\\ud800"]}]',
]


@pytest.mark.parametrize("details", MALFORMED, ids=[text[:40] for text in MALFORMED])
def test_unknown_types_and_fields_are_refused(settled: AuthHarness, details: str) -> None:
    """AS-89, AS-114, RFC 9396 §5: invalid_authorization_details."""
    answer = settled.redirected_error(settled.connected_client(), authorization_details=details)
    assert answer["error"] == "invalid_authorization_details"


def test_the_metadata_lists_the_types(settled: AuthHarness) -> None:
    """RFC 9396 §10."""
    metadata = settled.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["authorization_details_types_supported"] == ["memory", "tools", "server"]
