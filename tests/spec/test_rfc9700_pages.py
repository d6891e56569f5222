"""RFC 9700 §2.6, §4.2.4, §4.16 and OAuth 2.1 §7.11: what every page of the authorization server has in common."""

import re
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest

from auth_server.models import Client
from tests.auth_harness import AuthHarness
from tests.consent_form import form_fields, own_origin

XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7777*7777}}{% raw %}${7777*7777}",
    "<a href='https://evil.example'>click</a>",
    "<img src=https://evil.example/pixel.gif>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "]]><!--<script>alert(1)</script>-->",
    "<style>@import 'https://evil.example/x.css'</style>",
    '" autofocus onfocus="alert(1)',
)
OWN_FORM_PATHS = (
    "/login",
    "/logout",
    "/authorize",
    "/setup",
    "/account/grants/grt_x/revoke",
    "/account/apps/disconnect",
)


def every_page(auth: AuthHarness) -> dict[str, Any]:
    """One answer of each kind that people see, errors included; Ada is signed in and has a connected app."""
    client = auth.connected_client()
    stranger = auth.new_browser()
    return {
        "login": stranger.get("/login"),
        "login refused": stranger.post("/login", data={}, headers=own_origin(stranger)),
        "setup refused": stranger.get("/setup?token=x"),
        "consent": auth.authorize(client),
        "connected apps": auth.http.get("/account/apps"),
        "unknown client": stranger.get("/authorize?client_id=x"),
        "app's own error": auth.authorize(auth.register(), code_challenge=None),
        "not found": stranger.get("/no/such/page"),
        "wrong method": stranger.delete("/login"),
    }


def test_no_page_can_be_framed(settled: AuthHarness) -> None:
    """AS-22, RFC 9700 §4.16, OAuth 2.1 §7.11: errors included."""
    for name, answer in every_page(settled).items():
        assert answer.headers["x-frame-options"] == "DENY", name
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], name


def test_no_page_runs_a_script_or_leaks_a_referrer(settled: AuthHarness) -> None:
    """AS-23, RFC 9700 §4.2.4: no script but the sign-in page's own by nonce, no base, no third party, no referrer."""
    for name, answer in every_page(settled).items():
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        allowed = r"'nonce-[\w-]{22}'" if name == "login" else "'none'"
        assert re.fullmatch(allowed, policy["script-src"]), name
        assert policy["base-uri"] == "'none'", name
        assert policy["default-src"] == "'none'", name
        assert policy["style-src"] == "'self'", name
        assert answer.headers["referrer-policy"] == "no-referrer", name


def test_the_policy_does_not_stop_the_redirect_to_the_app(settled: AuthHarness) -> None:
    """AS-24: browsers apply form-action to the redirect that follows a form."""
    assert "form-action" not in settled.authorize(settled.register()).headers["content-security-policy"]


def test_pages_load_nothing_from_elsewhere(settled: AuthHarness) -> None:
    """AS-23: every stylesheet and icon comes from our own origin, under a name made of its content."""
    for name, answer in every_page(settled).items():
        loaded = re.findall(r'<(?:link|img|script|iframe|source)[^>]*?(?:href|src)="([^"]*)"', answer.text)
        assert len(loaded) == (3 if name == "login" else 2), name
        for path in loaded:
            asset = settled.http.get(path)
            assert asset.status_code == 200
            assert "immutable" in asset.headers["cache-control"]
        assert "style=" not in answer.text, name


def test_pages_are_not_kept(settled: AuthHarness) -> None:
    """RFC 9700 §4.2.4: a page about a person stays in no cache."""
    for name, answer in every_page(settled).items():
        assert answer.headers["cache-control"] == "no-store", name


def test_an_error_page_has_a_reference_that_the_log_has_too(
    settled: AuthHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    """OAuth 2.1 §4.1.2.1: the person is told, and whoever runs the server can find out."""
    page = settled.new_browser().get("/authorize?client_id=x").text
    reference = re.search(r"Reference <code>([a-z0-9-]+)</code>", page)
    assert reference is not None
    assert reference[1] in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/authorize", "/login", "/account/apps", "/setup"])
def test_pages_answer_no_cross_origin_reader(settled: AuthHarness, path: str) -> None:
    """AS-14, RFC 9700 §2.6, OAuth 2.1 §3.1: no CORS header, on preflight neither."""
    foreign = {"Origin": "https://app.example.com"}
    preflight = settled.http.options(path, headers=foreign | {"Access-Control-Request-Method": "POST"})
    for answer in (settled.http.get(path, headers=foreign), preflight):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "https://localhost:9000", "https://evil.example", "null", ""]
)
@pytest.mark.parametrize("path", OWN_FORM_PATHS)
def test_forms_of_another_origin_are_refused(settled: AuthHarness, path: str, origin: str) -> None:
    """AS-91: the right cookie and the right token do not help; another localhost port is same-site, and refused."""
    page = settled.http.get("/account/apps").text
    token = form_fields(page, "/logout")["csrf_token"]
    answer = settled.http.post(path, data={"csrf_token": token}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert settled.http.get("/account/apps").status_code == 200


@pytest.mark.parametrize("path", OWN_FORM_PATHS)
def test_forms_without_an_origin_are_refused(settled: AuthHarness, path: str) -> None:
    """AS-91: exact means that it is there."""
    token = form_fields(settled.http.get("/account/apps").text, "/logout")["csrf_token"]
    assert settled.http.post(path, data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize("path", OWN_FORM_PATHS)
def test_forms_without_their_token_are_refused(settled: AuthHarness, path: str) -> None:
    """AS-91: the right cookie from the right origin is half of it."""
    for token in ([], [""], ["csrf_" + "A" * 43], ["é"]):
        answer = settled.http.post(path, data={"csrf_token": token}, headers=own_origin(settled.http))
        assert answer.status_code == 403
    assert settled.http.get("/account/apps").status_code == 200


def test_a_hidden_origin_needs_the_browsers_word(settled: AuthHarness) -> None:
    """AS-91, Fetch §3.2: pages with `no-referrer` send `Origin: null`; Sec-Fetch-Site then says whose page it was."""
    page = settled.authorize(settled.register()).text
    form = form_fields(page, "/authorize") | {"decision": ["deny"]}
    for site, status in (("same-site", 403), ("cross-site", 403), ("none", 403), ("same-origin", 303)):
        headers = {"Origin": "null", "Sec-Fetch-Site": site}
        assert settled.http.post("/authorize", data=form, headers=headers).status_code == status, site


@pytest.mark.parametrize("text", XSS)
def test_names_of_apps_stay_text(settled: AuthHarness, text: str) -> None:
    """AS-98: on sign-in, consent, connected apps and its notices, however the name got into the table."""
    client = settled.register(client_uri="https://app.example.com/")
    with settled.database() as session:
        row = session.get_one(Client, client.id)
        row.client_name, row.client_uri, row.logo_uri = text, text, text
    settled.tokens(client)
    pages = [
        settled.new_browser().get("/login", params={"next": f"/authorize?client_id={client.id}"}),
        settled.authorize(client),
        settled.http.get("/account/apps"),
        settled.http.get("/account/apps", params={"disconnected": client.id}),
    ]
    for answer in pages:
        assert answer.status_code == 200
        assert_inert(answer.text)


@pytest.mark.parametrize("text", XSS)
def test_parameters_stay_text(settled: AuthHarness, text: str) -> None:
    """AS-98, AS-1: state, scope, client id, redirect URI, next, e-mail and tokens, on pages of every kind."""
    client = settled.register()
    stranger = settled.new_browser()
    login = form_fields(stranger.get("/login").text, "/login")
    typed = login | {"email": [text], "password": [text], "next": [text]}
    pages = [
        settled.authorize(client, state=text, scope=f"memory:read {text}", prompt=text, nonce=text),
        settled.authorize(client, state=text, code_challenge=None),
        settled.authorize(client, client_id=text),
        settled.authorize(client, redirect_uri=text),
        stranger.get("/login", params={"next": f"/{text}"}),
        stranger.post("/login", data=typed, headers=own_origin(stranger)),
        stranger.get("/setup", params={"token": text}),
        stranger.get(f"/{escape(text)}"),
        settled.http.get("/account/apps", params={"disconnected": text, "revoked": text}),
    ]
    for answer in pages:
        assert answer.status_code < 500
        assert_inert(answer.text)


class Inert(HTMLParser):
    """Reads a page as a browser does and fails at anything that would run, load from elsewhere or restyle."""

    OURS = frozenset(
        {"html", "head", "meta", "title", "link", "body", "a", "header", "svg", "path", "circle", "main", "div",
         "span", "h1", "h2", "h3", "p", "dl", "dt", "dd", "form", "input", "button", "label", "fieldset", "legend",
         "details", "summary", "section", "ul", "li", "time", "code", "strong", "nav"}
    )  # fmt: skip

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.OURS or (tag == "script" and is_our_script(dict(attrs)))
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "style"
            assert not (value or "").strip().lower().startswith(("javascript:", "data:")) or name in ("value", "title")
            assert tag != "link" or name != "href" or (value or "").startswith("/static/")


def is_our_script(attributes: dict[str, str | None]) -> bool:
    """The module of the sign-in page, and nothing beside it."""
    named = re.fullmatch(r"/static/passkeys\.[0-9a-f]{12}\.js", attributes.get("src") or "")
    return named is not None and set(attributes) == {"type", "nonce", "src"}


def assert_inert(page: str) -> None:
    """Only our own elements, nothing that runs, and no expression was computed."""
    Inert().feed(page)
    assert str(7777 * 7777) not in page


def test_an_address_that_is_a_script_is_never_a_link(settled: AuthHarness) -> None:
    """AS-98: a client's own site is not linked; nobody checked it."""
    client = settled.register()
    with settled.database() as session:
        session.get_one(Client, client.id).client_uri = "javascript:alert(1)"
    assert "javascript:" not in settled.authorize(client).text


def test_an_oversized_form_is_refused(settled: AuthHarness) -> None:
    """AS-114: bounded before it is parsed."""
    headers = own_origin(settled.http)
    assert settled.http.post("/login", data={"email": "a" * 200_000}, headers=headers).status_code == 413
    assert settled.http.post("/login", content="&".join(["a=1"] * 2000), headers=headers).status_code == 413


@pytest.mark.parametrize("body", [b"\x00\xff\xfe", b"email=%00%0d%0a&password=%ff", b"%", b"email=%ED%A0%80"])
def test_no_byte_in_a_form_is_a_server_error(settled: AuthHarness, body: bytes) -> None:
    """AS-121: NUL, CR, LF and what is not UTF-8."""
    stranger = settled.new_browser()
    token = form_fields(stranger.get("/login").text, "/login")["csrf_token"][0].encode()
    headers = own_origin(stranger) | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = stranger.post("/login", content=b"csrf_token=" + token + b"&" + body, headers=headers)
    assert answer.status_code in (400, 413, 429)
