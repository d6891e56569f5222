"""AS-27: one press allows the server that was allowed before, and no other that has its name by now."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlmodel import col, select

from auth_server.models import Grant
from shared.clock import epoch, now
from tests.auth_harness import AuthHarness, answer_parameters, auth_settings
from tests.auth_server.test_catalog import canned_server
from tests.consent_form import consent_fields
from tests.document_host import DocumentHost
from tests.spec.remembered import Known, is_short

ASKED = "memory:read gateway:call"
A_DAY = timedelta(days=1)


@pytest.fixture
def resource_server() -> Iterator[ExitStack]:
    """It says that there are `github` and `files`, since yesterday; it is gone once this is closed."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web: DocumentHost, app_id: str, resource_server: ExitStack
) -> Iterator[Known]:
    """An app that was given `github`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    servers = [{"name": name, "named_at": epoch(now() - A_DAY)} for name in ("files", "github")]
    said = {"namespaces": [], "servers": servers}
    url = resource_server.enter_context(canned_server(json.dumps(said).encode()))
    auth = AuthHarness(auth_settings(tmp_path, resource_internal_url=url), web.network)
    with auth.http:
        auth.create_user()
        auth.sign_in()
        known = Known(auth, web, app_id)
        choices = {"scope": ASKED.split(), "read": ["personal"], "server_tool": ["github *"]}
        auth.tokens(known.app, scope=ASKED, choices=choices)
        yield known


def test_the_server_of_then_is_allowed_with_one_press(known: Known) -> None:
    """AS-27."""
    assert is_short(known.page(scope=ASKED))


def test_tools_of_servers_are_remembered_with_the_rest(known: Known) -> None:
    """AS-27."""
    choices = {"scope": ASKED.split(), "read": ["personal"], "server_tool": ["github search", "files:reads *"]}
    before = known.auth.tokens(known.app, scope=ASKED, choices=choices)
    page = known.page(scope=ASKED)
    assert is_short(page)
    assert "May use all tools of files that change nothing, later ones too and the tool search of github." in page
    location = known.send(consent_fields(page)).headers["location"]
    body = known.auth.redeem(known.app, answer_parameters(location)["code"]).json()
    assert body["authorization_details"] == before["authorization_details"]
    more = json.dumps([{"type": "server", "server": "github", "tools": ["search", "merge"]}])
    assert not is_short(known.page(scope=ASKED, authorization_details=more))


def test_another_one_of_its_name_is_shown_and_not_ticked(known: Known) -> None:
    """AS-27."""
    with known.auth.database() as session:
        for grant in session.exec(select(Grant)).all():
            grant.decided_at = now() - 2 * A_DAY
    page = known.page(scope=ASKED)
    assert not is_short(page)
    assert 'value="github *"' in page
    assert 'value="github *" checked' not in page


def test_while_nobody_says_which_servers_there_are_one_press_allows_none_of_them(
    known: Known, resource_server: ExitStack
) -> None:
    """AS-27: the one that was allowed may be another by now."""
    resource_server.close()
    assert not is_short(known.page(scope=ASKED))
    assert is_short(known.page(scope="memory:read"))


def test_a_decision_is_about_the_servers_of_when_its_page_was_shown(known: Known) -> None:
    """AS-105: a server that took a name while the page was open is not meant by whoever presses Connect then."""
    with time_machine.travel(now(), tick=False) as clock:
        shown_at, page = epoch(now()), known.page(scope=ASKED)
        clock.shift(timedelta(minutes=5))
        assert known.send(consent_fields(page)).status_code == 303
    with known.auth.database() as session:
        newest = session.exec(select(Grant).order_by(col(Grant.created_at).desc())).first()
        assert newest is not None
        assert (epoch(newest.decided_at), epoch(newest.created_at)) == (shown_at, shown_at + 300)
