"""MCP security best practices (per-client consent), CIMD §6.3: when one press is enough, and when to choose anew."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from auth_server.models import Grant
from shared.clock import now
from tests.auth_harness import AuthHarness, auth_settings
from tests.auth_server.test_catalog import canned_server
from tests.consent_form import consent_fields
from tests.document_clients import publish
from tests.document_host import DocumentHost
from tests.spec.remembered import Known, is_short
from tests.spec.remembered import known as known


def test_whoever_has_no_servers_is_not_asked_again_because_an_app_would_use_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web: DocumentHost, app_id: str
) -> None:
    """Apps ask for every scope that the metadata lists."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with canned_server(b'{"namespaces": [], "servers": []}') as url:
        auth = AuthHarness(auth_settings(tmp_path, resource_internal_url=url), web.network)
        with auth.http:
            auth.create_user()
            auth.sign_in()
            known = Known(auth, web, app_id)
            page = known.page(scope="memory:read memory:write gateway:call offline_access")
            assert is_short(page)
            assert known.send(consent_fields(page)).status_code == 303
            assert not is_short(known.page(scope="gateway:call"))


@pytest.mark.parametrize(
    ("request_", "short"),
    [
        ({"scope": "memory:read"}, True),
        ({"scope": None}, True),
        ({"state": "another"}, True),
        ({"prompt": "consent"}, False),
        ({"prompt": "select_account"}, False),
        ({"prompt": ""}, True),
        ({"authorization_details": '[{"type":"memory","actions":["read"],"namespaces":["work"]}]'}, True),
        ({"authorization_details": '[{"type":"memory","actions":["write"],"namespaces":["personal"]}]'}, False),
        ({"authorization_details": '[{"type":"memory","actions":["read"],"namespaces":["*"]}]'}, False),
    ],
)
def test_only_what_was_allowed_already_is_remembered(known: Known, request_: dict[str, Any], short: bool) -> None:
    """AS-27: scopes and details within the earlier choice; an app that asks for the page gets the page."""
    assert is_short(known.page(**request_)) is short


def test_remembering_answers_nobody_silently(known: Known) -> None:
    """AS-15, AS-17: `prompt=none` of an app that no administrator trusts is a page, whatever was allowed before."""
    answer = known.auth.authorize(known.app, prompt="none")
    assert (answer.status_code, answer.headers.get("location")) == (400, None)


def test_what_the_person_left_out_is_asked_again(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-27: the earlier grant does not cover writing."""
    app = publish(web, app_id)
    reader.tokens(app, choices={"scope": ["memory:read", "offline_access"], "read": ["personal"]})
    assert not is_short(reader.authorize(app).text)
    assert is_short(reader.authorize(app, scope="memory:read offline_access").text)


def test_the_last_choice_is_the_one_remembered(known: Known) -> None:
    """AS-27: an older, wider grant that still holds is no reason to offer its width again."""
    known.auth.tokens(known.app, review="1", choices={"scope": ["memory:read"], "read": ["work"], "write": []})
    assert not is_short(known.page())
    assert "Claude may read memories in work." in known.page(scope="memory:read")


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_what_has_ended_is_forgotten(known: Known, end: str) -> None:
    """AS-27: taken back or run out."""
    with known.auth.database() as session:
        setattr(session.exec(select(Grant).where(Grant.client_id == known.id)).one(), end, now())
    assert not is_short(known.page())


def test_an_approval_nobody_used_is_no_memory(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-27: the code never came to tokens, so perhaps something was wrong with it."""
    app = publish(web, app_id)
    reader.approve(app)
    assert not is_short(reader.authorize(app).text)


def test_one_persons_consent_is_not_anothers(known: Known) -> None:
    """AS-27: per person."""
    email = f"bob{known.id[-20:-12].replace('/', '')}@example.org"
    known.auth.create_user(email)
    bob = known.auth.new_browser()
    known.auth.sign_in(email, browser=bob)
    assert not is_short(known.page(bob))
