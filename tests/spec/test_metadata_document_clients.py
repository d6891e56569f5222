"""CIMD §6, MCP security best practices: how an app known by a document is shown, when it is read, how it is refused."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from auth_server.models import Client, ClientOrigin
from auth_server.trust.host_rules import Ruling, set_host_rule
from auth_server.trust.rules import allow_documents
from tests.auth_harness import AuthHarness, RegisteredClient, answer_parameters, later
from tests.consent_form import consent_fields, own_origin
from tests.document_clients import CLAUDE, CLAUDE_CODE, OPENCODE, claiming, publish
from tests.document_host import DocumentHost

APP = "https://app.example/oauth/client.json"
WARNING = 'class="notice notice-warning"'
HINT = 'class="notice notice-info"'


@pytest.mark.parametrize("port", [1, 8976, 58135])
def test_a_portless_loopback_address_takes_any_port(reader: AuthHarness, web: DocumentHost, port: int) -> None:
    """AS-3, OAuth 2.1 §8.4.2: Claude Code publishes http://localhost/callback and listens where it can."""
    code = publish(web, CLAUDE_CODE)
    assert reader.approve(code, redirect_uri=f"http://localhost:{port}/callback")["code"]


def test_consent_names_the_verified_host(reader: AuthHarness, web: DocumentHost) -> None:
    """AS-20, MCP security best practices (consent): the host of the id, the host one is sent to, and no doubt."""
    page = reader.authorize(publish(web, CLAUDE)).text
    assert "Verified domain <strong>claude.ai</strong>" in page
    assert "unverified" not in page
    assert "<dd><strong>claude.ai</strong>" in page
    assert WARNING not in page


def test_an_international_host_is_shown_as_it_is_spelt(reader: AuthHarness, web: DocumentHost) -> None:
    """AS-20, CIMD §6.2: xn-- is never decoded to letters that look like another name's."""
    page = reader.authorize(publish(web, "https://xn--clude-3qa.ai/client")).text
    assert "Verified domain <strong>xn--clude-3qa.ai</strong>" in page
    assert "clàude" not in page


@pytest.mark.parametrize(
    ("host", "redirect_uri", "notice"),
    [
        ("app.example", "https://app.example/callback", None),
        ("app.example", "https://app.example:443/callback", None),
        ("app.example", "https://login.app.example/callback", HINT),
        ("www.app.example", "https://app.example/callback", HINT),
        ("app.example", "https://app.example:8443/callback", WARNING),
        ("app.example", "https://login.app.example:8443/callback", WARNING),
        ("app.example", "https://other.example/callback", WARNING),
        ("app.example", "https://notapp.example/callback", WARNING),
        ("a.host.example", "https://b.host.example/callback", WARNING),
        ("app.example", "http://localhost/callback", WARNING),
        ("app.example", "com.example.app:/callback", WARNING),
    ],
)
def test_an_answer_that_leaves_the_verified_host_is_spoken_of(
    reader: AuthHarness, web: DocumentHost, app_id: str, host: str, redirect_uri: str, notice: str | None
) -> None:
    """AS-20, AS-21, CIMD §6.1: who vouches and who gets the answer may differ; the page says so.

    Calmly for a host below or above on the same port, for they may be customers of one provider, but seldom are.
    """
    app = publish(web, app_id.replace("app.example", host), redirect_uris=[redirect_uri])
    page = reader.authorize(app).text
    assert [each for each in (HINT, WARNING) if each in page] == ([notice] if notice else [])


def test_an_administrators_app_is_called_that(reader: AuthHarness) -> None:
    """AS-20: and a registered one keeps its doubt."""
    made = reader.register()
    assert "Registered itself, unverified" in reader.authorize(made).text
    with reader.database() as session:
        session.get_one(Client, made.id).origin = ClientOrigin.ADMINISTRATOR
    assert "Added by your administrator" in reader.authorize(made).text


def test_connected_apps_name_the_verified_host(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-20, OAuth 2.1 §7.9: the same identity as when it was allowed, whatever the document says later."""
    reading.tokens(publish(document_host, APP, client_name="Ann's Notes"))
    with reading.database() as session:
        session.get_one(Client, APP).client_name = "Your Bank"
    page = reading.http.get("/account/apps").text
    assert "Verified domain <strong>app.example</strong>" in page
    assert "Ann&#39;s Notes" in page
    assert "Your Bank" not in page


def test_nothing_is_fetched_for_strangers(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-79, AS-12: they sign in first, be the document known or not."""
    publish(document_host, CLAUDE)
    code = publish(document_host, CLAUDE_CODE)
    reading.authorize(code)
    for client in (claiming(CLAUDE), code):
        answer = reading.new_browser().get("/authorize", params=reading.authorization_parameters(client))
        assert answer.headers["location"].startswith("/login?next=%2Fauthorize%3F")
    assert document_host.count(CLAUDE) == 0
    assert document_host.count(CLAUDE_CODE) == 1


def test_only_looking_at_the_page_reads_a_document(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-79, CIMD §4: neither the decision nor the token endpoint asks anybody, not even when the host is gone."""
    claude = publish(document_host, CLAUDE)
    form = consent_fields(reading.authorize(claude).text)
    document_host.serve(CLAUDE, b"", status=404)
    answer = reading.http.post("/authorize", data=form, headers=own_origin(reading.http))
    tokens = reading.redeem(claude, answer_parameters(answer.headers["location"])["code"]).json()
    assert reading.refresh(claude, tokens["refresh_token"]).status_code == 200
    reading.http.post("/token", data={"grant_type": "authorization_code", "client_id": APP, "code": "x"})
    assert len(document_host.received) == 1


def test_a_document_that_changes_before_the_press_is_shown_again(
    reading: AuthHarness, document_host: DocumentHost
) -> None:
    """AS-26, CIMD §6.3: what was approved is what was shown."""
    form = consent_fields(reading.authorize(publish(document_host, APP, client_name="Notes")).text)
    with reading.database() as session:
        session.get_one(Client, APP).client_name = "Your Bank"
    answer = reading.http.post("/authorize", data=form, headers=own_origin(reading.http))
    assert answer.status_code == 409
    assert "Connect Your Bank" in answer.text


def test_later_changes_leave_grants_alone(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-79, CIMD §6.3: somebody else's visit finds a new document; who approved the old one notices nothing."""
    app = publish(document_host, APP)
    tokens = reading.tokens(app)
    reading.create_user("bob@example.org")
    with later(hours=2):
        changed = publish(
            document_host,
            APP,
            client_name="Your Bank",
            redirect_uris=["https://elsewhere.example/"],
            token_endpoint_auth_method="private_key_jwt",
            jwks_uri="https://app.example/jwks",
        )
        bob = reading.new_browser()
        reading.sign_in("bob@example.org", browser=bob)
        assert "Your Bank" in bob.get("/authorize", params=reading.authorization_parameters(changed)).text
        refreshed = reading.refresh(app, tokens["refresh_token"]).json()
        assert reading.introspect(refreshed["access_token"])["client_name"] == "Claude"


def test_a_client_made_here_is_never_overwritten(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-76: whoever entered the id by hand knows more than the web; it is not even asked."""
    with reading.database() as session:
        redirect_uris = ["https://app.example/by-hand"]
        session.add(
            Client(client_id=APP, client_name="By hand", redirect_uris=redirect_uris, origin=ClientOrigin.ADMINISTRATOR,
                   scope="memory:read memory:write", grant_types=["authorization_code"])
        )  # fmt: skip
        allow_documents(session, False)
    by_hand = RegisteredClient({"client_id": APP, "redirect_uris": redirect_uris})
    publish(document_host, APP, client_name="From the web")
    assert "Connect By hand" in reading.authorize(by_hand).text
    assert document_host.received == []


def test_documents_that_are_switched_off_end_in_a_page(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-80: at run time, before anything is fetched; a form that was open is refused too."""
    claude = publish(document_host, CLAUDE)
    form = consent_fields(reading.authorize(claude).text)
    with reading.database() as session:
        allow_documents(session, False)
    assert_page(reading.authorize(claude), 403, "switched off")
    assert_page(reading.http.post("/authorize", data=form, headers=own_origin(reading.http)), 403, "switched off")
    assert document_host.count(CLAUDE) == 1


def test_a_denied_host_ends_in_a_page(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-80, CIMD §6.8: and nothing is fetched."""
    with reading.database() as session:
        set_host_rule(session, "app.example", Ruling.DENY)
    assert_page(reading.authorize(publish(document_host, APP)), 403, "app.example")
    assert document_host.received == []


def assert_page(answer: Any, status: int, says: str) -> None:
    """A page of ours that leads nowhere, with a reference."""
    assert (answer.status_code, answer.headers.get("location")) == (status, None)
    assert says in answer.text
    assert "Reference" in answer.text


def test_an_address_the_document_does_not_list_is_said_to_be_that(
    reading: AuthHarness, document_host: DocumentHost, capsys: pytest.CaptureFixture[str]
) -> None:
    """AS-1, AS-76: OpenCode's document lists another path than the program uses; the page says who errs."""
    opencode = publish(document_host, OPENCODE)
    answer = reading.authorize(opencode, redirect_uri="http://127.0.0.1:19876/mcp/oauth/callback")
    assert_page(answer, 400, "own document on the web does not list")
    assert "redirect_uri_not_in_document" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "body", "says", "reason"),
    [
        (404, b"", "status 404", "document_unusable"),
        (301, b"", "redirects", "document_unusable"),
        (200, b" " * 6000, "bytes", "document_unusable"),
        (200, b"{}", "client_id", "document_unusable"),
        (503, b"", "status 503", "document_unreachable"),
    ],
)
def test_a_failed_reading_says_what_happened(
    reading: AuthHarness,
    document_host: DocumentHost,
    capsys: pytest.CaptureFixture[str],
    status: int,
    body: bytes,
    says: str,
    reason: str,
) -> None:
    """AS-1, AS-73, AS-75: a page in words, and a log line that names step and reason."""
    document_host.serve(APP, body, status=status)
    assert_page(reading.authorize(claiming(APP)), 400, says)
    written = capsys.readouterr().out
    assert reason in written
    assert "step=authorization" in written


def test_a_name_inside_ends_in_the_same_page_as_none(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-74 (CIMD §6.5): else whoever has an account could list the names of a private network."""
    document_host.names.addresses["one.example"] = [("10.0.0.1", 443)]
    document_host.names.unknown.add("two.example")
    pages = [reading.authorize(claiming(f"https://{name}.example/c")) for name in ("one", "two")]
    assert_page(pages[0], 400, "one.example")
    masked = [re.sub(r"one|two|[0-9a-z]{5}-[0-9a-z]{5}|nonce-[^']+|value=\"[^\"]+\"", "", page.text) for page in pages]
    assert masked[0] == masked[1]


def test_the_query_of_an_id_is_in_no_log(
    reading: AuthHarness, document_host: DocumentHost, capsys: pytest.CaptureFixture[str]
) -> None:
    """AS-110, AS-72: the log names the document, not what stands behind its question mark."""
    document_host.serve(f"{APP}?key=sentinel", b"{}")
    assert reading.authorize(claiming(f"{APP}?key=sentinel")).status_code == 400
    written = capsys.readouterr().out
    assert APP in written
    assert "sentinel" not in written


def test_too_many_readings_from_one_network_end_in_a_page(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-79: 30 a minute; a document that is known already still serves."""
    claude = publish(document_host, CLAUDE)
    assert reading.authorize(claude).status_code == 200
    document_host.names.unknown.update(f"h{number}.example" for number in range(40))
    answers = [reading.authorize(claiming(f"https://h{number}.example/c")) for number in range(40)]
    assert [answer.status_code for answer in answers] == [400] * 29 + [429] * 11
    assert int(answers[-1].headers["retry-after"]) > 0
    assert reading.authorize(claude).status_code == 200


def test_too_many_readings_of_one_host_end_in_a_page(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-79: 60 a minute, from whatever network they are asked for."""
    document_host.names.unknown.add("victim.example")
    browsers = [at(reading, f"192.0.2.{number}") for number in range(3)]
    statuses = []
    for number in range(66):
        parameters = reading.authorization_parameters(claiming(f"https://victim.example/{number}"))
        statuses.append(browsers[number % 3].get("/authorize", params=parameters).status_code)
    assert statuses == [400] * 60 + [429] * 6


def at(auth: AuthHarness, address: str) -> TestClient:
    """Ada's browser, elsewhere."""
    browser = auth.browser_at(address)
    browser.cookies.update(auth.http.cookies)
    return browser


def test_the_id_is_no_place_for_markup(reader: AuthHarness, web: DocumentHost) -> None:
    """AS-1, AS-30: what a document says is text on every page."""
    name = "<script>alert(1)</script>"
    page = reader.authorize(publish(web, f"{APP}?a='b'", client_name=name)).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
