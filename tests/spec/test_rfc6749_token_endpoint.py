"""OAuth 2.1 §3.2, §4.1.3: the token endpoint and the redemption of codes."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from auth_server.models import AuditEvent, AuthorizationCode, Client, Grant, RefreshToken, ResourceServer, User
from auth_server.settings import Settings
from shared.clock import now
from tests.auth_harness import CALLBACK, AuthHarness, error_of, later


def test_a_code_becomes_tokens(settled: AuthHarness) -> None:
    """OAuth 2.1 §4.1.4: the whole flow ends with an access token that the resource server finds active."""
    tokens = settled.tokens(settled.register())
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    assert settled.introspect(tokens["access_token"])["active"] is True


def test_secrets_are_stored_as_digests_alone(settled: AuthHarness) -> None:
    """AS-39, OAuth 2.1 §7.7: 128 bits or more, and nothing readable in the database."""
    client = settled.register(token_endpoint_auth_method="client_secret_post")
    code = settled.approve(client)["code"]
    tokens = settled.redeem(client, code).json()
    credential = settled.resource_credential["Authorization"].removeprefix("Bearer ")
    secrets = [
        code,
        tokens["refresh_token"],
        client.information["client_secret"],
        client.information["registration_access_token"],
        credential,
    ]
    with settled.database() as session:
        stored = [
            repr(session.exec(select(table)).all())
            + repr(session.exec(text(f"SELECT * FROM {table.__tablename__}")).all())
            for table in (AuthorizationCode, Client, Grant, RefreshToken, ResourceServer, AuditEvent)
        ]
    for secret in secrets:
        assert len(secret.partition("_")[2]) >= 43
        assert not any(secret in rows for rows in stored)


def test_a_code_lives_a_minute(settled: AuthHarness) -> None:
    """AS-40, OAuth 2.1 §4.1.2."""
    client = settled.register()
    code = settled.approve(client)["code"]
    with later(seconds=61):
        assert error_of(settled.redeem(client, code)) == (400, "invalid_grant")


def test_a_code_cannot_be_configured_to_live_beyond_ten_minutes() -> None:
    """AS-40, OAuth 2.1 §4.1.2."""
    assert any(getattr(limit, "le", None) == 600 for limit in Settings.model_fields["code_lifetime"].metadata)


def test_another_client_cannot_use_a_code(settled: AuthHarness) -> None:
    """AS-41, OAuth 2.1 §4.1.3: invalid_grant, and its own client still can."""
    client, other = settled.register(), settled.register()
    code = settled.approve(client)["code"]
    assert error_of(settled.redeem(other, code)) == (400, "invalid_grant")
    assert settled.redeem(client, code).status_code == 200


def test_a_double_delivery_is_refused_and_revokes_nothing(settled: AuthHarness) -> None:
    """AS-43, OAuth 2.1 §4.1.3: browsers deliver a callback twice; within 5 seconds it is audited only."""
    client = settled.register()
    code = settled.approve(client)["code"]
    tokens = settled.redeem(client, code).json()
    with later(seconds=4):
        assert error_of(settled.redeem(client, code)) == (400, "invalid_grant")
        assert settled.introspect(tokens["access_token"])["active"] is True
    assert "code_replayed" in settled.audited(client.id)


def test_a_replay_revokes_what_the_code_produced(settled: AuthHarness) -> None:
    """AS-43, OAuth 2.1 §4.1.3, §7.5.2: the returned error commits the revocation."""
    client = settled.register()
    code = settled.approve(client)["code"]
    tokens = settled.redeem(client, code).json()
    with later(seconds=6):
        assert error_of(settled.redeem(client, code)) == (400, "invalid_grant")
        assert settled.introspect(tokens["access_token"]) == {"active": False}
        assert error_of(settled.refresh(client, tokens["refresh_token"])) == (400, "invalid_grant")
    assert {"code_replayed", "grant_revoked"} <= set(settled.audited(client.id))


def test_a_replay_after_the_code_expired_revokes_too(settled: AuthHarness) -> None:
    """AS-43, OAuth 2.1 §4.1.3: a code that leaked is no better for being old."""
    client = settled.register()
    code = settled.approve(client)["code"]
    tokens = settled.redeem(client, code).json()
    with later(seconds=300):
        settled.redeem(client, code)
        assert settled.introspect(tokens["access_token"]) == {"active": False}


def test_one_approval_makes_one_grant(settled: AuthHarness) -> None:
    """AS-43: and its replay ends that grant, not another one of the same client."""
    client = settled.register()
    first_code = settled.approve(client)["code"]
    settled.redeem(client, first_code)
    second = settled.tokens(client)
    with later(seconds=30):
        settled.redeem(client, first_code)
        assert settled.introspect(second["access_token"])["active"] is True


def test_a_replay_without_the_proof_revokes_nothing(settled: AuthHarness) -> None:
    """AS-44, OAuth 2.1 §7.5.2: a stolen code alone is no means to sign somebody out."""
    client = settled.register(token_endpoint_auth_method="client_secret_post")
    code = settled.approve(client)["code"]
    tokens = settled.redeem(client, code).json()
    with later(seconds=30):
        assert error_of(settled.redeem(client, code, code_verifier="w" * 64)) == (400, "invalid_grant")
        assert error_of(settled.redeem(client, code, client_secret="wrong")) == (401, "invalid_client")
        assert settled.redeem(client, code, redirect_uri="https://other.example.com").status_code == 400
        assert settled.introspect(tokens["access_token"])["active"] is True


def test_the_redirect_uri_is_optional_at_the_token_endpoint(settled: AuthHarness) -> None:
    """AS-46, OAuth 2.1 §10.2: PKCE has taken its place."""
    client = settled.register()
    assert settled.redeem(client, settled.approve(client)["code"], redirect_uri=None).status_code == 200


def test_a_redirect_uri_that_is_sent_must_be_the_original(settled: AuthHarness) -> None:
    """AS-46, OAuth 2.1 §10.2: the original is the one of the request, with its own port."""
    client = settled.register()
    code = settled.approve(client, redirect_uri="http://localhost:9999/callback")["code"]
    assert error_of(settled.redeem(client, code, redirect_uri=CALLBACK)) == (400, "invalid_grant")
    assert settled.redeem(client, code, redirect_uri="http://localhost:9999/callback").status_code == 200


def test_the_query_is_ignored(settled: AuthHarness) -> None:
    """AS-48, OAuth 2.1 §3.2: parameters come in the body."""
    answer = settled.http.post("/token?grant_type=authorization_code&client_id=x", data={"a": "b"})
    assert error_of(answer) == (400, "invalid_request")
    assert "grant_type" in answer.json()["error_description"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_is_answered(settled: AuthHarness, method: str) -> None:
    """AS-48, OAuth 2.1 §3.2: and the refusal is JSON as well."""
    assert error_of(settled.http.request(method, "/token")) == (405, "invalid_request")


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_only_a_form_is_read(settled: AuthHarness, content_type: str) -> None:
    """AS-48, OAuth 2.1 §3.2: application/x-www-form-urlencoded."""
    body = b"grant_type=authorization_code&code=x"
    answer = settled.http.post("/token", content=body, headers={"Content-Type": content_type})
    assert error_of(answer) == (400, "invalid_request")


def test_every_answer_is_json_and_never_stored(settled: AuthHarness) -> None:
    """AS-48, OAuth 2.1 §3.2.3: errors too."""
    client = settled.register()
    success = settled.redeem(client, settled.approve(client)["code"])
    for answer in (success, settled.redeem(client, "ac_unknown"), settled.http.post("/token", data={})):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("parameter", ["grant_type", "code", "client_id", "code_verifier", "redirect_uri"])
def test_a_repeated_parameter_is_refused(settled: AuthHarness, parameter: str) -> None:
    """AS-8, OAuth 2.1 §3.2: at the token endpoint as well."""
    client = settled.register()
    answer = settled.redeem(client, "ac_x", **{parameter: ["one", "two"]})
    assert error_of(answer) == (400, "invalid_request")


def test_a_body_beyond_the_limit_is_refused(settled: AuthHarness) -> None:
    """AS-48, AS-114: 413 as JSON."""
    assert error_of(settled.http.post("/token", data={"code": "x" * 70_000})) == (413, "invalid_request")


@pytest.mark.parametrize("odd", ['"', "\\", "\x00", "\r\nX: y", "é", "🦉", "\ud800"])
def test_no_character_in_any_parameter_is_a_server_error(settled: AuthHarness, odd: str) -> None:
    """AS-16, AS-121: 400 or 401 for whatever a form can hold."""
    client = settled.register()
    for parameter in ("grant_type", "code", "client_id", "client_secret", "code_verifier", "redirect_uri", "resource"):
        form = {"grant_type": "authorization_code", "code": "ac_x", "client_id": client.id} | {parameter: odd}
        body = "&".join(f"{name}={_percent(value)}" for name, value in form.items())
        answer = settled.http.post(
            "/token", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert answer.status_code in (400, 401), (parameter, answer.text)
        assert "x" not in answer.headers


def _percent(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode(errors="surrogatepass"))


def test_a_disabled_person_gets_no_tokens(ada: AuthHarness) -> None:
    """OAuth 2.1 §4.1.3: between approval and redemption the account was disabled."""
    client = ada.register()
    code = ada.approve(client)["code"]
    with ada.database() as session:
        for user in session.exec(select(User)):
            user.disabled_at = now()
            session.add(user)
    assert error_of(ada.redeem(client, code)) == (400, "invalid_grant")
