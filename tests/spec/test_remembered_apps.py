"""CIMD §6.3, RFC 8252 §8.6: which apps are recognised, and which changes of theirs are asked about."""

from typing import Any

import pytest
from sqlmodel import select

from auth_server.models import Grant
from shared.clock import now
from tests.auth_harness import AuthHarness, answer_parameters, later
from tests.consent_form import consent_fields
from tests.document_clients import CLAUDE_CODE, VS_CODE, publish
from tests.document_host import DocumentHost
from tests.spec.remembered import CALLBACK, Known, is_short
from tests.spec.remembered import known as known

JWKS = {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/jwks.json"}


def test_another_of_the_apps_hosts_is_another_place(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-27: per redirect host; another path of the same host is the same place."""
    uris = [CALLBACK, "https://app.example/other", "https://login.app.example/callback"]
    app = publish(web, app_id, redirect_uris=uris)
    reader.tokens(app)
    shown = [is_short(reader.authorize(app, redirect_uri=uri).text) for uri in uris]
    assert shown == [True, True, False]


@pytest.mark.parametrize(
    ("client_id", "redirect_uri"),
    [
        (CLAUDE_CODE, "http://localhost:8123/callback"),
        (VS_CODE, "http://127.0.0.1:33418/"),
        ("https://app.example/scheme.json", "com.example.app:/callback"),
    ],
)
def test_a_program_on_this_computer_is_never_recognised(
    reader: AuthHarness, web: DocumentHost, client_id: str, redirect_uri: str
) -> None:
    """AS-28, RFC 8252 §8.6: anybody can pose as it, so the person chooses every time."""
    app = publish(web, client_id, **({} if client_id in (CLAUDE_CODE, VS_CODE) else {"redirect_uris": [redirect_uri]}))
    code = reader.approve(app, redirect_uri=redirect_uri)["code"]
    assert reader.redeem(app, code, redirect_uri=redirect_uri).status_code == 200
    assert not is_short(reader.authorize(app, redirect_uri=redirect_uri).text)


def test_a_registered_app_is_never_recognised(reader: AuthHarness) -> None:
    """AS-28, MCP security best practices: its registration can be copied, word for word."""
    app = reader.connected_client(redirect_uris=[CALLBACK])
    assert not is_short(reader.authorize(app).text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_name": "Claude Pro"}, "It used to call itself “Claude”."),
        (
            {"redirect_uris": [CALLBACK, "https://evil.example/callback"]},
            "The addresses it may send you to are",
        ),
        ({"redirect_uris": [CALLBACK], "client_name": "B"}, "until now: <strong>Claude</strong>"),
    ],
)
def test_an_app_that_changed_is_asked_about_again(known: Known, change: dict[str, Any], says: str) -> None:
    """AS-27, CIMD §6.3: the whole page, which says what is different; once allowed, it is remembered as it is now."""
    with later(hours=2):
        known.publish(**change)
        page = known.page()
        assert not is_short(page)
        assert says in page
        location = known.send(consent_fields(page)).headers["location"]
        assert known.auth.redeem(known.app, answer_parameters(location)["code"]).status_code == 200
        assert is_short(known.page())


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": [CALLBACK, CALLBACK]},
        {"logo_uri": "https://app.example/new.png"},
        {"client_uri": None},
        JWKS,
    ],
)
def test_what_decides_nothing_may_change(known: Known, change: dict[str, Any]) -> None:
    """AS-27, CIMD §6.3: the same addresses, another picture, a stronger method."""
    with later(hours=2):
        known.publish(**change)
        assert is_short(known.page())


@pytest.mark.parametrize(
    ("change", "short"),
    [({"jwks_uri": "https://app.example/rotated.json"}, True), ({"token_endpoint_auth_method": "none"}, False)],
)
def test_a_rotated_key_is_no_change_and_a_weaker_method_is(
    reader: AuthHarness, web: DocumentHost, app_id: str, change: dict[str, Any], short: bool
) -> None:
    """AS-27, CIMD §6.3.1: keys are replaced as a matter of hygiene; to prove nothing any more is another thing."""
    app = publish(web, app_id, **JWKS)
    reader.approve(app)
    with reader.database() as session:
        session.exec(select(Grant).where(Grant.client_id == app_id)).one().activated_at = now()
    assert is_short(reader.authorize(app).text)
    publish(web, app_id, **(JWKS | change))
    with later(hours=2):
        page = reader.authorize(app).text
        assert is_short(page) is short
        assert ("It proves less about who it is" in page) is not short
