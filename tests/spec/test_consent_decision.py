"""OAuth 2.1 §4.1.2, §7.12: a consent form is answered once, by who was asked, for what was shown."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from sqlalchemy import event
from sqlmodel import select

from auth_server.models import AuthorizationCode, Client
from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, answer_parameters
from tests.consent_form import consent_fields, form_fields, own_origin
from tests.spec.consent_steps import consent_form, granted, reconfigure, send

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


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


@contextmanager
def deleted_once_read(auth: AuthHarness, client: RegisteredClient) -> Iterator[None]:
    """Another process deletes the client between the first transaction that reads it and the next that writes."""
    engine, has_been_read = auth.services.engine, Event()

    def read(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM clients" in statement:
            has_been_read.set()

    def delete_it(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE" and has_been_read.is_set():
            with closing(sqlite3.connect(auth.settings.data_dir / "auth.db", isolation_level=None)) as elsewhere:
                elsewhere.execute("DELETE FROM clients WHERE client_id = ?", (client.id,))

    event.listen(engine, "after_cursor_execute", read)
    event.listen(engine, "before_cursor_execute", delete_it)
    yield
    event.remove(engine, "before_cursor_execute", delete_it)
    event.remove(engine, "after_cursor_execute", read)


def test_a_client_that_goes_while_its_form_is_answered_is_unknown(settled: AuthHarness) -> None:
    """AS-12, OAuth 2.1 §4.1.2.1: looked for again where the grant is written, and told as it always is."""
    client = settled.register()
    form = consent_form(settled, client)
    with deleted_once_read(settled, client):
        answer = send(settled, form)
    assert (answer.status_code, answer.headers.get("location")) == (400, None)
    assert answer.text.count("not registered here") == 1
    assert granted(settled, client) == []


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
