"""MCP security best practices (consent), OAuth 2.1 §7.9: what a person is shown before they decide."""

from urllib.parse import parse_qs, urlsplit

import pytest

from auth_server.models import Client
from shared.scopes import SENTENCES, Scope
from tests.auth_harness import CALLBACK, AuthHarness
from tests.consent_form import form_fields, own_origin
from tests.spec.consent_steps import granted, reconfigure

CLAUDE = "https://claude.ai/api/mcp/auth_callback"


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
    action = "/account/apps/disconnect"
    answer = settled.http.post(action, data=form_fields(page, action), headers=own_origin(settled.http))
    assert answer.status_code == 303
    assert settled.authorize(client, code_challenge=None).status_code == 400


def test_an_app_that_moved_sends_nobody_to_its_new_address(settled: AuthHarness) -> None:
    """AS-12, RFC 7592 §2.2, RFC 9700 §4.11.2: a person approved a place, not whatever the app registers later."""
    client = settled.connected_client(redirect_uris=[CLAUDE])
    reconfigure(settled, client, redirect_uris=[CLAUDE, "https://evil.example/phish"])
    moved = settled.authorize(client, code_challenge=None, redirect_uri="https://evil.example/phish")
    assert moved.status_code == 400
    assert settled.authorize(client, code_challenge=None).status_code == 400, "what it was allowed has ended with that"


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
