"""RFC 7591: dynamic client registration."""

import pytest

from tests.auth_harness import CALLBACK, AuthHarness, error_of
from tests.spec.registration_steps import registering


def test_a_public_client_gets_no_secret(settled: AuthHarness) -> None:
    """AS-68, RFC 7591 §3.2.1."""
    body = registering(settled).json()
    assert not {"client_secret", "client_secret_expires_at"} & body.keys()


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic", None])
def test_a_confidential_client_gets_its_secret_once(settled: AuthHarness, method: str | None) -> None:
    """AS-68, RFC 7591 §2, §3.2.1: with the time it ends; reading the registration later does not show it again."""
    body = registering(settled, token_endpoint_auth_method=method).json()
    assert (len(body["client_secret"]) > 40, body["client_secret_expires_at"]) == (True, 0)
    header = {"Authorization": f"Bearer {body['registration_access_token']}"}
    assert "client_secret" not in settled.http.get(body["registration_client_uri"], headers=header).json()


def test_the_answer_repeats_what_was_registered(settled: AuthHarness) -> None:
    """RFC 7591 §3.2.1, RFC 7592 §3: and says where the registration can be changed."""
    body = registering(settled, client_name="My app", client_uri="https://app.example.com").json()
    assert (body["client_name"], body["client_uri"]) == ("My app", "https://app.example.com")
    assert body["registration_client_uri"] == f"{settled.settings.issuer}/register/{body['client_id']}"
    assert {"client_id_issued_at", "registration_access_token", "response_types", "grant_types"} <= body.keys()


@pytest.mark.parametrize("method", ["private_key_jwt", "tls_client_auth", "", 7, ["none"]])
def test_other_authentication_methods_are_refused(settled: AuthHarness, method: object) -> None:
    """RFC 7591 §3.2.2."""
    answer = registering(settled, token_endpoint_auth_method=method)
    assert error_of(answer) == (400, "invalid_client_metadata")


def test_grants_and_scopes_are_narrowed(settled: AuthHarness) -> None:
    """AS-69, RFC 7591 §2, §5: instead of refused, and the answer says what is left."""
    body = registering(
        settled,
        grant_types=["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        scope="memory:read openid admin",
    ).json()
    assert (body["grant_types"], body["scope"]) == (["authorization_code"], "memory:read gateway:call openid")


@pytest.mark.parametrize(
    "grant_types",
    [["client_credentials"], ["urn:ietf:params:oauth:grant-type:token-exchange"], [], "authorization_code", [7]],
)
def test_a_client_without_a_usable_grant_is_refused(settled: AuthHarness, grant_types: object) -> None:
    """AS-69, RFC 7591 §3.2.2: what registers itself cannot act without a person."""
    assert error_of(registering(settled, grant_types=grant_types)) == (400, "invalid_client_metadata")


def test_a_registered_client_cannot_introspect(settled: AuthHarness) -> None:
    """AS-69, RFC 7662 §2.1."""
    client = settled.register(token_endpoint_auth_method="client_secret_basic")
    credential = (client.id, client.information["client_secret"])
    answer = settled.http.post("/introspect", data={"token": "x"}, auth=credential)
    assert error_of(answer) == (401, "invalid_client")


def test_client_ids_are_ours(settled: AuthHarness) -> None:
    """AS-71: never a URL, never what the client asked for."""
    assert registering(settled, client_id="https://evil.example.com/client").json()["client_id"].startswith("cli_")


def test_every_registration_is_a_new_client(settled: AuthHarness) -> None:
    """RFC 7591 §3: also with the same document."""
    assert registering(settled).json()["client_id"] != registering(settled).json()["client_id"]


def test_the_name_is_cleaned(settled: AuthHarness) -> None:
    """AS-30, RFC 7591 §5: no control or direction marks, and no endless names."""
    name = "Cla\u202eude\u200b\x00\r\n  <b>" + "x" * 500
    shown = registering(settled, client_name=name).json()["client_name"]
    assert shown.startswith("Claude <b>xxx")
    assert len(shown) == 100


@pytest.mark.parametrize("member", ["client_name", "client_uri", "logo_uri", "scope"])
def test_a_member_of_the_wrong_type_is_refused(settled: AuthHarness, member: str) -> None:
    """RFC 7591 §3.2.2: 400, never a server error."""
    for value in (7, ["x"], {"x": "y"}, True):
        assert error_of(registering(settled, **{member: value})) == (400, "invalid_client_metadata")


def test_unsafe_links_are_left_out(settled: AuthHarness) -> None:
    """RFC 7591 §5: what a person could click is https."""
    body = registering(settled, client_uri="javascript:alert(1)", logo_uri="http://example.com/logo.png").json()
    assert not {"client_uri", "logo_uri"} & body.keys()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b"[" * 30_000, b'{"redirect_uris": "\\ud800"}', b"1" * 5000],
)
def test_a_body_that_is_no_document_is_refused(settled: AuthHarness, body: bytes) -> None:
    """AS-114, RFC 7591 §3.2.2: JSON of any depth."""
    answer = settled.http.post("/register", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


def test_lone_surrogates_are_no_server_error(settled: AuthHarness) -> None:
    """AS-16: JSON can say what UTF-8 cannot."""
    body = b'{"redirect_uris": ["https://example.com/cb"], "client_name": "a\\ud800b", "scope": "\\ud800"}'
    answer = settled.http.post("/register", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201
    assert answer.json()["client_name"] == "ab"


def test_a_form_is_no_registration(settled: AuthHarness) -> None:
    """RFC 7591 §3.1: JSON only, which no foreign form can send."""
    assert settled.http.post("/register", data={"redirect_uris": CALLBACK}).status_code == 400
