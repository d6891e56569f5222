"""OAuth 2.1 §3.1, §4.1.1, §4.1.2: the authorization endpoint."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from auth_server.models import Client, Grant
from tests.auth_harness import CALLBACK, AuthHarness

HTTPS_CALLBACK = "https://app.example.com/callback"


def is_page(answer: Any) -> bool:
    return answer.headers["content-type"].startswith("text/html") and "location" not in answer.headers


@pytest.mark.parametrize(
    "client_id",
    ["cli_unknown", "", "http://127.0.0.1:33418 https://vscode.dev/redirect", "<script>alert(1)</script>", "a" * 5000],
)
def test_an_unknown_client_gets_a_page_and_no_redirect(settled: AuthHarness, client_id: str) -> None:
    """AS-1, OAuth 2.1 §4.1.2.1: HTTP 400, no Location, nothing of the request reflected unescaped."""
    answer = settled.authorize(settled.register(), client_id=client_id)
    assert answer.status_code == 400
    assert is_page(answer)
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example.com/callback",
        f"{HTTPS_CALLBACK}/",
        f"{HTTPS_CALLBACK}?a=b",
        f"{HTTPS_CALLBACK}/../other",
        "https://app.example.com:8443/callback",
        "https://APP.example.com/callback",
        "http://app.example.com/callback",
        '"><script>alert(1)</script>',
    ],
)
def test_an_unregistered_redirect_uri_is_never_redirected_to(settled: AuthHarness, redirect_uri: str) -> None:
    """AS-1, AS-2, OAuth 2.1 §4.1.1, §4.1.2.1: simple string equality with one registered value."""
    client = settled.connected_client(redirect_uris=[HTTPS_CALLBACK])
    answer = settled.authorize(client, redirect_uri=redirect_uri)
    assert answer.status_code == 400
    assert is_page(answer)
    assert "<script>" not in answer.text


def test_a_missing_redirect_uri_among_several_gets_a_page(settled: AuthHarness) -> None:
    """AS-1, OAuth 2.1 §2.3.3: it may be omitted only if one is registered."""
    client = settled.register(redirect_uris=[HTTPS_CALLBACK, CALLBACK])
    answer = settled.authorize(client, redirect_uri=None)
    assert answer.status_code == 400
    assert is_page(answer)


def test_the_only_redirect_uri_may_be_omitted(settled: AuthHarness) -> None:
    """AS-1, OAuth 2.1 §2.3.3."""
    assert "code" in settled.approve(settled.register(), redirect_uri=None)


@pytest.mark.parametrize(
    ("registered", "requested"),
    [
        ("http://localhost/callback", "http://localhost:58135/callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:1/callback"),
        ("http://127.0.0.1:33418/", "http://127.0.0.1:40000/"),
        ("http://[::1]:9/callback", "http://[::1]:58135/callback"),
        ("http://localhost:8787/oauth/callback?a=b", "http://localhost:1234/oauth/callback?a=b"),
    ],
)
def test_on_loopback_the_port_may_differ(settled: AuthHarness, registered: str, requested: str) -> None:
    """AS-2, AS-3, OAuth 2.1 §8.4.2, RFC 8252 §7.3: a native app listens where it can."""
    client = settled.register(redirect_uris=[registered])
    assert settled.authorize(client, redirect_uri=requested).status_code == 200


@pytest.mark.parametrize(
    ("registered", "requested"),
    [
        ("http://localhost/callback", "http://127.0.0.1:58135/callback"),
        ("http://127.0.0.1/callback", "http://localhost/callback"),
        ("http://localhost/callback", "http://localhost:58135/callback/"),
        ("http://localhost/callback", "http://localhost:58135/callback?a=b"),
        ("http://localhost/callback", "https://localhost:58135/callback"),
        ("http://localhost/callback", "http://localhost:99999/callback"),
        ("http://localhost/callback", "http://localhost:58135@evil.example.com/callback"),
        ("http://localhost/callback", "http://localhost.evil.example.com:58135/callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.1.evil.example.com:1/callback"),
        ("https://localhost/callback", "https://localhost:58135/callback"),
    ],
)
def test_on_loopback_nothing_but_the_port_may_differ(settled: AuthHarness, registered: str, requested: str) -> None:
    """AS-2, OAuth 2.1 §8.4.2: `localhost` is not 127.0.0.1, and https is compared as a string."""
    client = settled.register(redirect_uris=[registered])
    assert settled.authorize(client, redirect_uri=requested).status_code == 400


def test_a_redirect_uri_keeps_its_query(settled: AuthHarness) -> None:
    """AS-4, OAuth 2.1 §2.3: response parameters are appended, and there is one `iss`."""
    client = settled.register(redirect_uris=["http://localhost:8123/callback?tenant=a%20b"])
    answer = settled.approve(client)
    assert answer["tenant"] == "a b"
    assert {"code", "state", "iss"} <= answer.keys()


@pytest.mark.parametrize(
    "parameter",
    ["response_type", "scope", "state", "code_challenge", "code_challenge_method", "nonce", "prompt"],
)
def test_a_repeated_parameter_is_an_error(settled: AuthHarness, parameter: str) -> None:
    """AS-8, OAuth 2.1 §3.1."""
    client = settled.connected_client()
    sent = {"nonce": "n", "prompt": "consent"} | settled.authorization_parameters(client)
    answer = settled.redirected_error(client, f"&{parameter}={sent[parameter]}", nonce="n", prompt="consent")
    assert answer["error"] == "invalid_request"


@pytest.mark.parametrize("parameter", ["client_id", "redirect_uri"])
def test_a_repeated_client_or_redirect_uri_gets_a_page(settled: AuthHarness, parameter: str) -> None:
    """AS-8, OAuth 2.1 §3.1: what decides where to redirect to cannot be ambiguous."""
    client = settled.connected_client()
    answer = settled.authorize(client, f"&{parameter}={settled.authorization_parameters(client)[parameter]}")
    assert answer.status_code == 400
    assert is_page(answer)


def test_a_repeated_state_is_not_returned(settled: AuthHarness) -> None:
    """AS-8, OAuth 2.1 §3.1: nobody can say which of two would be the right one."""
    assert "state" not in settled.redirected_error(settled.connected_client(), "&state=other")


def test_an_empty_parameter_counts_as_omitted(settled: AuthHarness) -> None:
    """AS-9, OAuth 2.1 §3.1."""
    client = settled.connected_client()
    assert settled.redirected_error(client, code_challenge="")["error"] == "invalid_request"
    assert "state" not in settled.approve(client, state="", scope="")


def test_unknown_parameters_are_ignored(settled: AuthHarness) -> None:
    """AS-9, OAuth 2.1 §3.1."""
    assert settled.authorize(settled.register(), "&colour=blue&colour=red&audience=x").status_code == 200


@pytest.mark.parametrize("response_type", ["token", "id_token", "code token", "none", "CODE", "code\nx"])
def test_other_response_types_are_unsupported(settled: AuthHarness, response_type: str) -> None:
    """AS-10, RFC 9700 §2.1.2: there is no implicit grant."""
    answer = settled.redirected_error(settled.connected_client(), response_type=response_type)
    assert answer["error"] == "unsupported_response_type"


@pytest.mark.parametrize("grant_type", ["password", "implicit", "unknown"])
def test_other_grant_types_are_unsupported(settled: AuthHarness, grant_type: str) -> None:
    """AS-10, RFC 9700 §2.4: there is no password grant."""
    form = {
        "grant_type": grant_type,
        "username": "ada@example.org",
        "password": "x",
        "client_id": settled.register().id,
    }
    answer = settled.http.post("/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


STATES = [
    "plain",
    "a b+c&d=e?f#g/%20%2B",
    "q\"u'o<te>\\",
    "ünïcödé 🦉",
    "x\r\nLocation: https://evil",
    "\x00nul",
    "~" * 4096,
]


@pytest.mark.parametrize("state", STATES)
def test_a_success_carries_state_and_issuer(settled: AuthHarness, state: str) -> None:
    """AS-11, OAuth 2.1 §4.1.2, RFC 9207 §2: both byte for byte."""
    answer = settled.approve(settled.register(), state=state)
    assert answer["state"] == state
    assert answer["iss"] == settled.http.get("/.well-known/oauth-authorization-server").json()["issuer"]


@pytest.mark.parametrize("state", STATES)
def test_an_error_carries_state_and_issuer(settled: AuthHarness, state: str) -> None:
    """AS-11, OAuth 2.1 §4.1.2.1, RFC 9207 §2: errors too, and no character of the state splits a header."""
    answer = settled.redirected_error(settled.connected_client(), state=state, code_challenge=None)
    assert (answer["state"], answer["iss"]) == (state, settled.settings.issuer)


def test_a_denial_carries_state_and_issuer(settled: AuthHarness) -> None:
    """AS-11, OAuth 2.1 §4.1.2.1: access_denied is an authorization response as well."""
    answer = settled.approve(settled.register(), choices={"decision": ["deny"]}, state="xyz")
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "xyz", settled.settings.issuer)


ODD_CHARACTERS = ['"', "\\", "\x00", "\r\nX: y", "\x7f", "é", "🦉", "%", "%zz", "{{7*7}}", "\u202e", "'--", "a\tb"]
PARAMETERS = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "prompt",
    "nonce",
    "authorization_details",
    "unknown",
]


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_no_character_in_any_parameter_is_a_server_error(settled: AuthHarness, parameter: str) -> None:
    """AS-16, AS-121, OAuth 2.1 §4.1.2.1: odd characters, NUL, CR and LF end in a page or a clean redirect."""
    client = settled.connected_client()
    for odd in ODD_CHARACTERS:
        for browser in (settled.http, settled.new_browser()):
            answer = browser.get("/authorize", params=settled.authorization_parameters(client) | {parameter: odd})
            assert answer.status_code < 500, (parameter, odd)
            assert "x" not in answer.headers, (parameter, odd)


def test_bytes_that_are_not_utf_8_are_no_server_error(settled: AuthHarness) -> None:
    """AS-16: a query is bytes before it is text."""
    assert settled.authorize(settled.connected_client(), "&state=%ff%fe&scope=%80").status_code < 500
    assert settled.http.get("/authorize?client_id=%ff").status_code == 400


def test_thousands_of_parameters_are_refused_kindly(settled: AuthHarness) -> None:
    """AS-114: an endless query is no server error."""
    assert settled.authorize(settled.register(), "&a=b" * 2000).status_code == 400


def test_a_state_beyond_four_kilobytes_is_refused(settled: AuthHarness) -> None:
    """AS-114: and it is not repeated in the redirect."""
    answer = settled.redirected_error(settled.connected_client(), state="x" * 4097)
    assert (answer["error"], "state" in answer) == ("invalid_request", False)


def test_more_than_fifty_scopes_are_refused(settled: AuthHarness) -> None:
    """AS-114."""
    many = " ".join(f"s{n}" for n in range(51))
    assert settled.redirected_error(settled.connected_client(), scope=many)["error"] == "invalid_scope"


def test_unknown_scopes_are_dropped(settled: AuthHarness) -> None:
    """AS-65, OAuth 2.1 §1.4.1: `scope` says what was granted."""
    tokens = settled.tokens(settled.register(), scope="photos memory:read email admin")
    assert tokens["scope"] == "memory:read"


def test_no_memory_scope_means_the_default_ones(settled: AuthHarness) -> None:
    """AS-65, OAuth 2.1 §1.4.1: a connector that asks for no permission of ours is offered reading and writing."""
    assert settled.tokens(settled.register(), scope="openid email offline_access profile")["scope"].split()[:2] == [
        "memory:read",
        "memory:write",
    ]
    assert settled.tokens(settled.register(), scope=None)["scope"] == "memory:read memory:write"


def test_a_client_gets_nothing_beyond_its_registration(settled: AuthHarness) -> None:
    """AS-65: the client's own scope bounds the request."""
    client = settled.register(scope="memory:read")
    assert settled.tokens(client, scope="memory:read memory:write")["scope"] == "memory:read"


def test_nothing_is_granted_beyond_the_request(settled: AuthHarness) -> None:
    """AS-65: whatever the form says, the request is the ceiling."""
    client = settled.register()
    settled.approve(client, choices={"scope": ["memory:read", "memory:write"]}, scope="memory:read")
    with settled.database() as session:
        assert session.exec(select(Grant.scope).where(Grant.client_id == client.id)).all() == ["memory:read"]


def test_get_never_issues_a_code(settled: AuthHarness) -> None:
    """AS-15, OAuth 2.1 §3.1: not even for an app that was approved before."""
    answer = settled.authorize(settled.connected_client())
    assert answer.status_code == 200
    assert is_page(answer)


def test_prompt_none_redirects_to_trusted_clients_alone(settled: AuthHarness) -> None:
    """AS-17, OIDC Core §3.1.2.6, RFC 9700 §4.11.2."""
    client = settled.connected_client()
    assert settled.authorize(client, prompt="none").status_code == 400
    with settled.database() as session:
        session.get_one(Client, client.id).is_trusted = True
    assert settled.redirected_error(client, prompt="none")["error"] == "consent_required"
    anonymous = settled.new_browser().get("/authorize", params=settled.authorization_parameters(client, prompt="none"))
    assert parse_qs(urlsplit(anonymous.headers["location"]).query)["error"] == ["login_required"]
