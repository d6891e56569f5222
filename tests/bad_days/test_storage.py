"""A database that is locked, broken or full: everybody is told to come back, and nothing is lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from auth_server.models import AuditEvent, User
from shared import database
from tests.auth_harness import AuthHarness, RegisteredClient, auth_settings, error_of
from tests.consent_form import form_fields, own_origin


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthHarness]:
    """A server that waits for a locked database for a moment instead of five seconds, with Ada signed in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.2)
    harness = AuthHarness(auth_settings(tmp_path))
    with harness.http:
        harness.create_user()
        harness.sign_in()
        yield harness


@contextmanager
def locked(auth: AuthHarness) -> Iterator[None]:
    """Another program holds the write lock, as a backup of the wrong kind does."""
    other = sqlite3.connect(auth.settings.data_dir / "auth.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_token_request_at_a_locked_database_is_put_off_and_spends_nothing(hasty: AuthHarness) -> None:
    """AS-49: 503 with Retry-After, never invalid_client or invalid_grant; the same request works afterwards."""
    client = hasty.register()
    code = hasty.approve(client)["code"]
    with locked(hasty):
        answer = hasty.redeem(client, code)
        assert error_of(answer) == (503, "temporarily_unavailable")
        assert int(answer.headers["retry-after"]) > 0
    tokens = hasty.redeem(client, code).json()
    with locked(hasty):
        assert error_of(hasty.refresh(client, tokens["refresh_token"]))[0] == 503
    assert hasty.refresh(client, tokens["refresh_token"]).status_code == 200


def test_pages_at_a_locked_database_say_so_and_keep_what_was_asked(hasty: AuthHarness) -> None:
    """Reading goes on; a decision is put off with a page, and the same form works afterwards."""
    client = hasty.register()
    hasty.http.get("/authorize", params=hasty.authorization_parameters(client))
    page = hasty.authorize(client)
    form = form_fields(page.text, "/authorize") | {"decision": ["deny"]}
    with locked(hasty):
        assert hasty.http.get("/account/apps").status_code == 200
        answer = hasty.http.post("/authorize", data=form, headers=own_origin(hasty.http) | {"Accept": "text/html"})
        assert (answer.status_code, "text/html" in answer.headers["content-type"]) == (503, True)
    assert hasty.http.post("/authorize", data=form, headers=own_origin(hasty.http)).status_code == 303


def test_a_database_without_its_tables_is_a_failure_of_ours(hasty: AuthHarness) -> None:
    """503 at every endpoint and a page for people; no stack trace, no name of a table."""
    with hasty.database() as session:
        session.connection().exec_driver_sql("ALTER TABLE users RENAME TO gone")
    for answer in (hasty.new_browser().get("/login"), hasty.http.get("/account/apps", headers={"Accept": "text/html"})):
        assert answer.status_code in (200, 503)
        assert "users" not in answer.text
    with hasty.database() as session:
        session.connection().exec_driver_sql("ALTER TABLE gone RENAME TO users")
    assert hasty.http.get("/account/apps").status_code == 200


def test_what_fails_halfway_leaves_no_trace(hasty: AuthHarness) -> None:
    """Decision and audit are one transaction: a disk that is full between them keeps neither."""
    client = hasty.register()
    with hasty.database() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER full_disk BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        people = len(session.exec(select(User.id)).all())
    answer = consent(hasty, client)
    assert answer.status_code in (500, 503)
    with hasty.database() as session:
        session.connection().exec_driver_sql("DROP TRIGGER full_disk")
        assert len(session.exec(select(User.id)).all()) == people
        assert [event for event in session.exec(select(AuditEvent.kind)) if event == "grant_created"] == []
    assert consent(hasty, client).status_code == 303


def consent(auth: AuthHarness, client: RegisteredClient) -> Any:
    """Ada presses Connect."""
    fields = form_fields(auth.authorize(client).text, "/authorize")
    answer = fields | {"decision": ["approve"], "password": ["correct horse battery staple"]}
    return auth.http.post("/authorize", data=answer, headers=own_origin(auth.http))
