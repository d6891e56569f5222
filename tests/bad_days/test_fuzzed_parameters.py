"""Every OAuth parameter with what nobody meant to send: an answer in the right form, never a 5xx (AS-16, AS-121)."""

from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.auth_harness import VERIFIER, AuthHarness, RegisteredClient
from tests.consent_form import own_origin

STRANGE = st.sampled_from(
    [
        "",
        "\x00",
        "\r\nSet-Cookie: a=b",
        "%00",
        "%",
        "'\"\\<>",
        "ÿ" * 300,
        "\U0001f980",
        "\ud800",
        "a" * 9000,
        "[" * 3000,
        "{}",
        "null",
        "-1",
        "9" * 400,
        "..",
        "javascript:alert(1)",
        "http://[",
        "https://[::ffff:1.2.3.4]:99999/",
        "eyJhbGciOiJub25lIn0.e30.",
        "ost_x",
        "rt_x",
        "ac_x",
    ]
)
ANYTHING = st.one_of(STRANGE, st.text(max_size=60))
FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PARAMETERS = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "nonce",
    "prompt",
    "authorization_details",
    "max_age",
    "login_hint",
    "id_token_hint",
    "claims",
    "request",
    "request_uri",
    "display",
    "ui_locales",
    "acr_values",
    "response_mode",
    "signed_in",
    "review",
]
FORM_FIELDS = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
    "client_id",
    "client_secret",
    "device_code",
    "client_assertion",
    "client_assertion_type",
    "authorization_details",
    "token",
    "token_type_hint",
    "username",
    "password",
    "assertion",
]
GRANT_TYPES = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "password",
)
MEMBERS = [
    "redirect_uris",
    "client_name",
    "client_uri",
    "logo_uri",
    "scope",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "application_type",
    "jwks",
    "jwks_uri",
    "contacts",
    "post_logout_redirect_uris",
    "software_statement",
]
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), ANYTHING),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(ANYTHING, inner, max_size=4)),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def client(settled: AuthHarness) -> RegisteredClient:
    """An app that the person connected before, so that errors are redirected to it too."""
    return settled.connected_client()


def encoded(pairs: list[tuple[str, str]]) -> str:
    """A query or a form; lone surrogates travel as the bytes a careless client would make of them."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value, errors='surrogatepass')}" for name, value in pairs)


def assert_answered(answer: Any) -> None:
    """No failure, and no header that was split off by what was sent."""
    assert answer.status_code < 500, answer.text[:500]
    assert answer.headers.get("set-cookie", "").partition("=")[0] != "a"


@FUZZ
@given(changes=st.lists(st.tuples(st.sampled_from(PARAMETERS), ANYTHING), min_size=1, max_size=4))
def test_the_authorization_endpoint_answers_whatever_it_is_asked(
    settled: AuthHarness, client: RegisteredClient, changes: list[tuple[str, str]]
) -> None:
    """AS-16, AS-121, RFC 6749 §4.1.2.1: for a signed-in person and for a stranger alike."""
    replaced = {name for name, _ in changes[:-1]}
    kept = [(name, value) for name, value in settled.authorization_parameters(client).items() if name not in replaced]
    query = encoded([*kept, *changes])
    for browser in (settled.http, settled.new_browser()):
        assert_answered(browser.get(f"/authorize?{query}"))


@FUZZ
@given(
    grant_type=st.one_of(st.sampled_from(GRANT_TYPES), ANYTHING),
    fields=st.lists(st.tuples(st.sampled_from(FORM_FIELDS), ANYTHING), max_size=5),
    knows_itself=st.booleans(),
)
def test_the_token_endpoint_answers_with_an_oauth_error(
    settled: AuthHarness,
    client: RegisteredClient,
    grant_type: str,
    fields: list[tuple[str, str]],
    knows_itself: bool,
) -> None:
    """AS-48, RFC 6749 §5.2: JSON with an error code, whichever grant is asked for."""
    own = [("client_id", client.id), ("code_verifier", VERIFIER)] if knows_itself else []
    body = encoded([("grant_type", grant_type), *own, *fields])
    answer = settled.http.post("/token", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert_answered(answer)
    assert answer.status_code in (400, 401, 429), answer.text
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["/revoke", "/introspect", "/device_authorization"])
@FUZZ
@given(fields=st.lists(st.tuples(st.sampled_from(FORM_FIELDS), ANYTHING), max_size=5), is_known=st.booleans())
def test_the_other_endpoints_answer(
    settled: AuthHarness, client: RegisteredClient, path: str, fields: list[tuple[str, str]], is_known: bool
) -> None:
    """AS-61, AS-62, AS-121: for known and unknown senders."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers |= settled.resource_credential if is_known and path == "/introspect" else {}
    own = [("client_id", client.id)] if is_known else []
    assert_answered(settled.http.post(path, content=encoded([*own, *fields]), headers=headers))


@FUZZ
@given(document=st.one_of(JSON, st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=5)))
def test_registration_answers_whatever_a_client_says_of_itself(settled: AuthHarness, document: object) -> None:
    """AS-66, RFC 7591 §3.2.2."""
    document = without_surrogates(document)
    complete = {"redirect_uris": ["http://localhost/callback"]} | document if isinstance(document, dict) else document
    for body in (document, complete):
        answer = settled.http.post("/register", json=body)
        assert_answered(answer)
        assert answer.status_code == 201 or answer.json()["error"]


@FUZZ
@given(header=ANYTHING, name=st.sampled_from(["Authorization", "Cookie", "X-API-Key", "Origin", "Referer", "Accept"]))
def test_headers_are_no_way_to_make_it_fail(settled: AuthHarness, header: str, name: str) -> None:
    """AS-121, RFC 9110 §5.5: what the server lets through reaches nothing that could break."""
    raw = header.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
    for prefix in (b"", b"Bearer ", b"Basic "):
        for path in ("/userinfo", "/admin/api/people", "/account/apps"):
            assert_answered(settled.new_browser().get(path, headers={name.encode(): prefix + raw}))


@FUZZ
@given(
    path=st.sampled_from(["/login", "/authorize", "/account/apps/disconnect", "/device", "/end-session"]),
    fields=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "csrf_token",
                    "next",
                    "email",
                    "password",
                    "request",
                    "decision",
                    "read",
                    "write",
                    "scope",
                    "lifetime",
                    "new_namespace",
                    "user_code",
                    "client_id",
                    "id_token_hint",
                    "state",
                    "post_logout_redirect_uri",
                    "code",
                ]
            ),
            ANYTHING,
        ),
        max_size=6,
    ),
)
def test_forms_that_no_page_sent_are_refused(settled: AuthHarness, path: str, fields: list[tuple[str, str]]) -> None:
    """AS-90, AS-91: with our Origin and a session, but without the page's token."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"} | own_origin(settled.http)
    answer = settled.http.post(path, content=encoded(fields), headers=headers)
    assert_answered(answer)
    assert answer.status_code in (303, 400, 403, 404, 405, 413, 429), answer.text[:300]


def without_surrogates(value: Any) -> Any:
    """JSON has no way to carry them raw; as escapes they are another test's."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, list):
        return [without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(one) for key, one in value.items()}
    return value
