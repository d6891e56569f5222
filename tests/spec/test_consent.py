"""MCP security best practices (consent), OAuth 2.1 §4.1, §7.9, §7.12: what a person is shown and what they decide."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlmodel import select

from auth_server.models import AuthorizationCode, Client, Grant
from shared.scopes import SENTENCES, Scope
from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, answer_parameters
from tests.consent_form import consent_fields, form_fields, own_origin

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLAUDE = "https://claude.ai/api/mcp/auth_callback"


def consent_form(auth: AuthHarness, client: RegisteredClient, **changes: Any) -> dict[str, list[str]]:
    """The consent form as the page ticks it, Connect pressed."""
    page = auth.authorize(client, **changes)
    assert page.status_code == 200, page.text
    return consent_fields(page.text)


def send(auth: AuthHarness, form: dict[str, list[str]], **headers: str) -> Any:
    """The form as the page sends it."""
    return auth.http.post("/authorize", data=form, headers=own_origin(auth.http) | headers)


def granted(auth: AuthHarness, client: RegisteredClient) -> list[Grant]:
    """What the database holds for this client, newest first."""
    with auth.database() as session:
        return list(session.exec(select(Grant).where(Grant.client_id == client.id).order_by(Grant.id.desc())))  # type: ignore[attr-defined]  # SQLModel


# Before the person decides


def test_a_stranger_signs_in_first(auth: AuthHarness) -> None:
    """AS-12, RFC 9700 §4.11.2: an anonymous browser is never redirected to a client."""
    answer = auth.authorize(auth.register())
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2Fauthorize%3F")


def test_a_stranger_is_not_redirected_with_an_error_either(auth: AuthHarness) -> None:
    """AS-12, RFC 9700 §4.11.2: the error waits behind the sign-in like anything else."""
    answer = auth.authorize(auth.register(), code_challenge=None)
    assert answer.headers["location"].startswith("/login?")


def test_an_error_of_an_app_never_approved_is_a_page_with_a_link(settled: AuthHarness) -> None:
    """AS-12, OAuth 2.1 §7.13.2: the host is shown, and the person decides whether to go there."""
    client = settled.register(redirect_uris=[CLAUDE])
    answer = settled.authorize(client, code_challenge=None, state="s")
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "claude.ai" in answer.text
    assert f'href="{CLAUDE}?error=invalid_request' in answer.text


def test_an_error_of_an_app_approved_before_is_redirected(settled: AuthHarness) -> None:
    """AS-12, AS-13, OAuth 2.1 §4.1.2.1: with 303."""
    assert settled.redirected_error(settled.connected_client(), code_challenge=None)["error"] == "invalid_request"


def test_an_app_taken_back_sends_nobody_anywhere(settled: AuthHarness) -> None:
    """AS-12, RFC 9700 §4.11.2: what was approved once is no licence to redirect for ever."""
    client = settled.connected_client(redirect_uris=[CLAUDE])
    assert settled.redirected_error(client, code_challenge=None)["error"] == "invalid_request"
    page = settled.http.get("/account/apps").text
    action = f"/account/apps/{client.id}/disconnect"
    answer = settled.http.post(action, data=form_fields(page, action), headers=own_origin(settled.http))
    assert answer.status_code == 303
    assert settled.authorize(client, code_challenge=None).status_code == 400


def test_an_app_that_moved_sends_nobody_to_its_new_address(settled: AuthHarness) -> None:
    """AS-12, RFC 7592 §2.2, RFC 9700 §4.11.2: a person approved a place, not whatever the app registers later."""
    client = settled.connected_client(redirect_uris=[CLAUDE])
    reconfigure(settled, client, redirect_uris=[CLAUDE, "https://evil.example/phish"])
    moved = settled.authorize(client, code_challenge=None, redirect_uri="https://evil.example/phish")
    assert moved.status_code == 400
    assert settled.redirected_error(client, code_challenge=None)["error"] == "invalid_request"


def test_another_port_of_this_computer_is_the_same_place(settled: AuthHarness) -> None:
    """AS-12, RFC 8252 §7.3: native apps listen on another port every time."""
    client = settled.connected_client()
    elsewhere = CALLBACK.replace("8123", "9456")
    assert settled.redirected_error(client, code_challenge=None, redirect_uri=elsewhere)["error"] == "invalid_request"


def test_what_ada_approved_says_nothing_about_bob(ada: AuthHarness) -> None:
    """AS-12: approvals are one person's; for Bob the app is unknown."""
    client = ada.connected_client()
    ada.create_user("bob@example.org")
    bob = ada.new_browser()
    ada.sign_in("bob@example.org", browser=bob)
    parameters = ada.authorization_parameters(client, code_challenge=None)
    assert bob.get("/authorize", params=parameters).status_code == 400


def test_looking_at_consent_changes_no_grant(settled: AuthHarness) -> None:
    """AS-15, OAuth 2.1 §3.1: GET may be repeated by anything that follows links."""
    client = settled.register()
    assert [settled.authorize(client).status_code for _ in range(3)] == [200, 200, 200]
    assert granted(settled, client) == []


def test_consent_names_the_app_where_it_leads_and_what_it_reaches(settled: AuthHarness) -> None:
    """AS-20, MCP authorization (localhost redirect risks): name, standing, redirect host, scopes in words, resource."""
    page = settled.authorize(settled.register(client_name="Claude", redirect_uris=[CLAUDE])).text
    assert "Connect Claude" in page
    assert "unverified" in page
    assert "claude.ai" in page
    assert settled.settings.mcp_url in page
    assert SENTENCES[Scope.MEMORY_READ] in page
    assert SENTENCES[Scope.MEMORY_WRITE] in page
    assert "ada@example.org" in page


@pytest.mark.parametrize(
    ("redirect_uri", "warns"),
    [
        ("http://localhost:9999/callback", True),
        ("http://127.0.0.1/callback", True),
        ("http://[::1]:7/callback", True),
        ("cursor://anysphere.cursor-mcp/oauth/callback", True),
        ("com.example.app:/callback", True),
        ("https://claude.ai/callback", False),
        ("https://localhost.example.com/callback", False),
    ],
)
def test_return_addresses_nobody_vouches_for_carry_a_warning(
    settled: AuthHarness, redirect_uri: str, warns: bool
) -> None:
    """AS-21, MCP authorization (localhost redirect risks), RFC 8252 §8.6."""
    page = settled.authorize(settled.register(redirect_uris=[redirect_uri])).text
    assert ('class="notice notice-warning"' in page) is warns


def test_consent_is_asked_again_every_time(settled: AuthHarness) -> None:
    """AS-28, MCP security best practices: a self-registered client never skips it, whatever was approved before."""
    client = settled.connected_client()
    page = settled.authorize(client)
    assert page.status_code == 200
    assert form_fields(page.text, "/authorize")["request"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Two\n lines\t", "Two lines"),
        ("Cla\u202eedu\u202c\u200bde", "Claedude"),
        ("A\x00\x07B", "AB"),
        ("", "An app without a name"),
        ("\u200b\u2066", "An app without a name"),
        ("\u3164\u2800 \u115f\u1160\uffa0", "An app without a name"),
        ("\u00a0\u2003\u3000", "An app without a name"),
        ("\u00ad\ufe0f\u034f", "An app without a name"),
        ("Cl\u3164ude", "Clude"),
    ],
)
def test_names_are_stripped_of_what_hides_or_reorders(settled: AuthHarness, name: str, shown: str) -> None:
    """AS-30, OAuth 2.1 §7.12: also when a name reached the table by another way than registration."""
    client = settled.register()
    with settled.database() as session:
        session.get_one(Client, client.id).client_name = name
    assert f"<h1>Connect {shown}?</h1>" in settled.authorize(client).text


@pytest.mark.parametrize(
    ("redirect_uris", "shown"),
    [
        ([CLAUDE], "claude.ai"),
        ([CLAUDE, "https://claude.ai/other"], "claude.ai"),
        ([CLAUDE, "https://evil.example/"], "An app without a name"),
        ([CALLBACK], "An app without a name"),
    ],
)
def test_an_app_without_a_name_is_its_host(settled: AuthHarness, redirect_uris: list[str], shown: str) -> None:
    """AS-30: unless there is more than one to choose from."""
    client = settled.register(client_name="", redirect_uris=redirect_uris)
    assert f"<h1>Connect {shown}?</h1>" in settled.authorize(client, redirect_uri=redirect_uris[-1]).text


def test_a_long_name_is_cut(settled: AuthHarness) -> None:
    """AS-30: a name cannot push the facts off the page."""
    client = settled.register()
    with settled.database() as session:
        session.get_one(Client, client.id).client_name = "x" * 5000
    page = settled.authorize(client).text
    assert "x" * 59 + "…" in page
    assert "x" * 60 not in page


def test_logos_are_not_loaded(settled: AuthHarness) -> None:
    """AS-30: no picture of the client's own; the app's mark is its initials."""
    page = settled.authorize(settled.register(client_name="My App", logo_uri="https://evil.example/logo.png")).text
    assert "evil.example" not in page
    assert "<img" not in page
    assert ">MA<" in page


# The decision


def test_approval_answers_303_with_code_state_and_issuer(settled: AuthHarness) -> None:
    """AS-13, RFC 9700 §4.12: never 307, which would send the form on."""
    answer = send(settled, consent_form(settled, settled.register(), state="a b"))
    assert answer.status_code == 303
    assert set(answer_parameters(answer.headers["location"])) == {"code", "state", "iss"}


def test_denial_tells_the_client_and_spends_the_form(settled: AuthHarness) -> None:
    """AS-29, OAuth 2.1 §4.1.2.1: access_denied with state and iss, no grant, and no second thoughts on this form."""
    client = settled.register()
    form = consent_form(settled, client, state="xyz")
    answer = answer_parameters(send(settled, form | {"decision": ["deny"]}).headers["location"])
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "xyz", settled.settings.issuer)
    assert send(settled, form).status_code == 403
    assert granted(settled, client) == []


@pytest.mark.parametrize("decision", [[], [""], ["maybe"], ["approve", "deny"]])
def test_neither_yes_nor_no_is_no(settled: AuthHarness, decision: list[str]) -> None:
    """AS-25: only the two buttons decide, and what decided nothing spent nothing."""
    form = consent_form(settled, settled.register())
    assert send(settled, form | {"decision": decision}).status_code == 403
    assert send(settled, form).status_code == 303


@pytest.mark.parametrize("field", ["request", "csrf_token"])
def test_a_consent_form_without_its_token_is_refused(settled: AuthHarness, field: str) -> None:
    """AS-25, MCP security best practices: 403 and no code."""
    client = settled.register()
    form = consent_form(settled, client)
    for value in ([], ["x"], [form[field][0][:-2] + "AA"], form[field] * 2):
        answer = send(settled, form | {field: value})
        assert answer.status_code == 403
        assert "location" not in answer.headers
    assert granted(settled, client) == []


def test_a_consent_form_of_another_session_is_refused(ada: AuthHarness) -> None:
    """AS-25, AS-26: the request object is bound to the session, even when it is the same person's."""
    client = ada.register()
    form = consent_form(ada, client)
    other = ada.new_browser()
    ada.sign_in(browser=other)
    own = form_fields(other.get("/authorize", params=ada.authorization_parameters(client)).text, "/authorize")
    answer = other.post("/authorize", data=form | {"csrf_token": own["csrf_token"]}, headers=own_origin(other))
    assert answer.status_code == 403
    assert granted(ada, client) == []


def test_a_consent_form_after_signing_out_is_refused(ada: AuthHarness) -> None:
    """AS-25: the session is over, and so is what it saw."""
    form = consent_form(ada, ada.register())
    logout = form_fields(ada.http.get("/account/apps").text, "/logout")
    ada.http.post("/logout", data=logout, headers=own_origin(ada.http))
    assert send(ada, form).status_code == 403


def test_a_request_object_is_good_for_fifteen_minutes(auth: AuthHarness) -> None:
    """AS-26, OAuth 2.1 §7.12."""
    with time_machine.travel(NOON, tick=False) as clock:
        auth.create_user()
        auth.sign_in()
        early, late = consent_form(auth, auth.register()), consent_form(auth, auth.register())
        clock.shift(timedelta(minutes=14, seconds=59))
        assert send(auth, early).status_code == 303
        clock.shift(timedelta(seconds=2))
        assert send(auth, late).status_code == 403


def test_a_form_answered_again_after_ten_seconds_is_refused(auth: AuthHarness) -> None:
    """AS-25: and the first answer's code keeps working."""
    with time_machine.travel(NOON, tick=False) as clock:
        auth.create_user()
        auth.sign_in()
        client = auth.register()
        form = consent_form(auth, client)
        code = answer_parameters(send(auth, form).headers["location"])["code"]
        clock.shift(timedelta(seconds=11))
        assert send(auth, form).status_code == 403
        assert auth.redeem(client, code).status_code == 200
    assert len(granted(auth, client)) == 1


def test_a_double_click_gives_another_code_for_the_same_grant(settled: AuthHarness) -> None:
    """AS-25, AS-43: the first code is void, the second works, and there is one grant."""
    client = settled.register()
    form = consent_form(settled, client)
    first, second = (answer_parameters(send(settled, form).headers["location"])["code"] for _ in range(2))
    assert first != second
    assert settled.redeem(client, first).json()["error"] == "invalid_grant"
    assert settled.redeem(client, second).status_code == 200
    assert len(granted(settled, client)) == 1


def test_a_double_click_after_the_code_was_redeemed_is_refused(settled: AuthHarness) -> None:
    """AS-25: there is no unredeemed code to void, and none is issued."""
    client = settled.register()
    form = consent_form(settled, client)
    code = answer_parameters(send(settled, form).headers["location"])["code"]
    assert settled.redeem(client, code).status_code == 200
    assert send(settled, form).status_code == 403
    with settled.database() as session:
        assert len(session.exec(select(AuthorizationCode).where(AuthorizationCode.client_id == client.id)).all()) == 1


def test_a_second_click_cannot_choose_anew(settled: AuthHarness) -> None:
    """AS-25, AS-26: a form is one decision; what was granted stays what was chosen first."""
    client = settled.register()
    form = consent_form(settled, client)
    send(settled, form | {"read": ["personal"], "write": ["personal"]})
    send(settled, form | {"read": ["*"], "write": ["*"]})
    assert granted(settled, client)[0].details_json == [
        {"type": "memory", "actions": ["read", "write"], "namespaces": ["personal"]}
    ]


# What the choice allows


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


def test_a_client_deleted_meanwhile_gets_no_code(settled: AuthHarness) -> None:
    """AS-26, AS-50: the same validation runs again when the person decides."""
    client = settled.register()
    form = consent_form(settled, client)
    with settled.database() as session:
        session.delete(session.get_one(Client, client.id))
    answer = send(settled, form)
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["https://evil.example/callback"]},
        {"client_name": "Claude"},
        {"redirect_uris": [CALLBACK, "https://evil.example/callback"], "redirect_uri": CALLBACK},
        {"token_endpoint_auth_method": "client_secret_post"},
    ],
)
@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_an_app_that_changed_meanwhile_is_shown_anew(
    settled: AuthHarness, change: dict[str, Any], decision: str
) -> None:
    """AS-26, RFC 7592 §2.2, OAuth 2.1 §7.12: nobody is sent to an address, or says yes to a name, they did not see."""
    client = settled.register(client_name="Notes")
    form = consent_form(settled, client, redirect_uri=change.get("redirect_uri")) | {"decision": [decision]}
    reconfigure(settled, client, **change)
    answer = send(settled, form)
    assert answer.status_code == 409
    assert "location" not in answer.headers
    assert granted(settled, client) == []
    again = consent_fields(answer.text)
    assert send(settled, again).headers["location"].startswith(change.get("redirect_uris", [CALLBACK])[0])


def reconfigure(auth: AuthHarness, client: RegisteredClient, **change: Any) -> None:
    """The app replaces its registration (RFC 7592)."""
    document = {"client_id": client.id, "client_name": "Notes", "redirect_uris": [CALLBACK]}
    document |= {"token_endpoint_auth_method": "none"} | change
    token = client.information["registration_access_token"]
    answer = auth.http.put(f"/register/{client.id}", json=document, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_the_sign_in_page_says_which_app_waits(auth: AuthHarness) -> None:
    """AS-36: one line about where the person goes next."""
    answer = auth.authorize(auth.register(client_name="Claude"))
    assert "Claude" in auth.http.get(answer.headers["location"]).text


def test_not_you_signs_out_and_comes_back(ada: AuthHarness) -> None:
    """AS-36: another person can decide about the same request."""
    client = ada.register()
    fields = form_fields(ada.authorize(client, state="kept").text, "/logout")
    location = ada.http.post("/logout", data=fields, headers=own_origin(ada.http)).headers["location"]
    back = parse_qs(urlsplit(location).query)["next"][0]
    assert parse_qs(urlsplit(back).query)["state"] == ["kept"]
