"""RFC 9396 §7, OAuth 2.1 §1.4.1: what a person ticks narrows what the app asked for, and never widens it."""

from datetime import timedelta

import pytest

from tests.auth_harness import CALLBACK, AuthHarness, answer_parameters
from tests.consent_form import consent_fields, form_fields
from tests.spec.consent_steps import consent_form, granted, send


def test_parameters_sent_beside_the_request_object_count_for_nothing(settled: AuthHarness) -> None:
    """AS-26, OAuth 2.1 §7.12: what was shown is what is approved."""
    form = consent_form(settled, settled.register(), state="shown")
    planted = {"redirect_uri": ["https://evil.example/"], "state": ["planted"], "resource": ["https://evil.example/"]}
    location = send(settled, form | planted).headers["location"]
    assert location.startswith(CALLBACK)
    assert answer_parameters(location)["state"] == "shown"


def test_form_choices_cannot_widen_the_scope(settled: AuthHarness) -> None:
    """AS-26: a box that was not on the page ticks nothing."""
    client = settled.register()
    form = consent_form(settled, client, scope="memory:read")
    send(settled, form | {"scope": ["memory:read", "memory:write"], "write": ["personal"]})
    grant = granted(settled, client)[0]
    assert grant.scope == "memory:read"
    assert grant.details_json == [{"type": "memory", "actions": ["read"], "namespaces": ["personal"]}]


def test_form_choices_cannot_widen_the_details(settled: AuthHarness) -> None:
    """AS-26, RFC 9396 §7: a request that names namespaces is offered those."""
    client = settled.register()
    details = '[{"type": "memory", "actions": ["read", "write"], "namespaces": ["work", "garden"]}]'
    form = consent_form(settled, client, authorization_details=details)
    send(settled, form | {"read": ["*"], "write": ["work", "personal"], "new_namespace": ["secrets"]})
    assert granted(settled, client)[0].details_json == [
        {"type": "memory", "actions": ["read"], "namespaces": ["garden", "work"]},
        {"type": "memory", "actions": ["write"], "namespaces": ["work"]},
    ]


@pytest.mark.parametrize("lifetime", ["", "0", "-1", "3601", "15552001", "99999999999", "1e9", "٣٦٠٠", "3600 "])
def test_the_lifetime_is_one_of_those_offered(settled: AuthHarness, lifetime: str) -> None:
    """AS-26: anything else shows the form again and grants nothing."""
    client = settled.register()
    form = consent_form(settled, client)
    assert send(settled, form | {"lifetime": [lifetime]}).status_code == 400
    assert granted(settled, client) == []


def test_the_chosen_lifetime_is_the_grants(settled: AuthHarness) -> None:
    """AS-55: an hour is an hour."""
    client = settled.register()
    send(settled, consent_form(settled, client) | {"lifetime": ["3600"]})
    grant = granted(settled, client)[0]
    assert grant.expires_at - grant.created_at == pytest.approx(timedelta(hours=1), abs=timedelta(seconds=5))


def test_permissions_and_namespaces_are_chosen_apart(settled: AuthHarness) -> None:
    """AS-65, AS-89, RFC 9396 §7: the token response says what remains."""
    client = settled.register()
    form = consent_form(settled, client) | {"read": ["personal", "work"], "write": ["work"]}
    code = answer_parameters(send(settled, form).headers["location"])["code"]
    assert settled.redeem(client, code).json()["authorization_details"] == [
        {"type": "memory", "actions": ["read"], "namespaces": ["personal", "work"]},
        {"type": "memory", "actions": ["write"], "namespaces": ["work"]},
    ]


def test_a_permission_without_a_namespace_is_not_granted(settled: AuthHarness) -> None:
    """AS-65: a scope that would open nothing is not claimed."""
    client = settled.register()
    send(settled, consent_form(settled, client) | {"write": []})
    assert granted(settled, client)[0].scope == "memory:read offline_access"


def test_an_empty_choice_shows_the_form_again_and_spends_nothing(settled: AuthHarness) -> None:
    """AS-25: the same request, a sentence, and the next press of the same page still counts."""
    client = settled.register()
    form = consent_form(settled, client)
    answer = send(settled, form | {"scope": []})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    again = consent_fields(answer.text) | {"scope": ["memory:read"]}
    assert send(settled, again).status_code == 303
    assert granted(settled, client)[0].scope == "memory:read"


def test_a_new_namespace_joins_what_is_ticked(settled: AuthHarness) -> None:
    """AS-89: it need not exist yet."""
    client = settled.register()
    send(settled, consent_form(settled, client) | {"scope": ["memory:read"], "new_namespace": ["Book Club"]})
    assert granted(settled, client)[0].details_json == [
        {"type": "memory", "actions": ["read"], "namespaces": ["book-club", "personal"]}
    ]


@pytest.mark.parametrize("name", ["über", "a/b", "-a", "*", "x" * 65, "<b>"])
def test_a_name_that_is_no_namespace_is_said_so(settled: AuthHarness, name: str) -> None:
    """AS-89: and what else was chosen is still there."""
    form = consent_form(settled, settled.register()) | {"write": [], "new_namespace": [name]}
    answer = send(settled, form)
    assert answer.status_code == 400
    shown = form_fields(answer.text, "/authorize")
    assert shown["new_namespace"] == [name]
    assert "write" not in shown


def test_hundreds_of_namespaces_are_refused_in_words(settled: AuthHarness) -> None:
    """AS-114: no 5xx from a form somebody wrote themselves."""
    form = consent_form(settled, settled.register()) | {"read": [f"n{number}" for number in range(201)]}
    assert send(settled, form).status_code == 400


def test_consent_starts_with_personal_alone(settled: AuthHarness) -> None:
    """A new app is offered one namespace to begin with, whatever else there is."""
    ready = consent_form(settled, settled.register())
    assert (ready["read"], ready["write"]) == (["personal"], ["personal"])


def test_numbers_in_namespaces_count_as_numbers(settled: AuthHarness) -> None:
    """Where people look for a name: the second project before the tenth."""
    client = settled.register()
    names = ["project-10", "project-2", "2026-taxes", "project", "work", "project-2-b"]
    settled.tokens(client, choices={"read": names, "write": []})
    ticked = consent_form(settled, client)["read"]
    assert ticked == ["2026-taxes", "project", "project-2", "project-2-b", "project-10", "work"]


def test_stepping_up_starts_with_what_the_app_holds(settled: AuthHarness) -> None:
    """MCP authorization (step-up): the union of the live grants is ticked, and the earlier grant lives on."""
    client = settled.register()
    settled.tokens(client, scope="memory:read", choices={"read": ["work", "garden"]})
    settled.tokens(client, scope="memory:read", choices={"read": ["recipes"]})
    ready = consent_form(settled, client, scope="memory:read memory:write")
    assert sorted(ready["read"]) == ["garden", "recipes", "work"]
    assert ready["write"] == ["personal"]
    send(settled, ready)
    assert all(grant.revoked_at is None for grant in granted(settled, client))


def test_what_was_taken_back_is_not_ticked_again(settled: AuthHarness) -> None:
    """A revoked grant is no longer what the app holds."""
    client = settled.register()
    refresh_token = settled.tokens(client, choices={"read": ["*"], "write": ["work"]})["refresh_token"]
    settled.http.post("/revoke", data={"token": refresh_token, **client.credential})
    assert consent_form(settled, client)["read"] == ["personal"]
