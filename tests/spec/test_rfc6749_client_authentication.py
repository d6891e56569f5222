"""OAuth 2.1 §2.4: client authentication, the same at the token and the revocation endpoint."""

import sqlite3
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import quote_plus

import pytest

from auth_server.models import Client
from shared.secrets import digest
from tests.auth_harness import AuthHarness, RegisteredClient, error_of

ENDPOINTS = ["/token", "/revoke"]


def posting(auth: AuthHarness, endpoint: str, form: dict[str, str], **headers: str) -> Any:
    """A request that is complete but for the client's credential."""
    complete = {"grant_type": "refresh_token", "refresh_token": "rt_x", "token": "rt_x"}
    return auth.http.post(endpoint, data=complete | form, headers=headers)


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()


def authenticated(answer: Any) -> bool:
    """Whether the client got past authentication: the token in these requests is unknown."""
    return answer.status_code == 200 or answer.json()["error"] == "invalid_grant"


def confidential(auth: AuthHarness, method: str = "client_secret_basic") -> RegisteredClient:
    return auth.register(token_endpoint_auth_method=method)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_secret_is_taken_from_header_and_form(settled: AuthHarness, endpoint: str, method: str) -> None:
    """AS-49, OAuth 2.1 §2.4.1: hosted brokers send the form whatever is registered."""
    client = confidential(settled, method)
    secret = client.information["client_secret"]
    assert authenticated(posting(settled, endpoint, {}, Authorization=basic(client.id, secret)))
    assert authenticated(posting(settled, endpoint, {"client_id": client.id, "client_secret": secret}))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_unknown_client_is_invalid(settled: AuthHarness, endpoint: str) -> None:
    """AS-49, AS-50, OAuth 2.1 §3.2.4: 401 whatever it tried, a challenge only for Basic."""
    for form in ({"client_id": "cli_unknown"}, {"client_id": "cli_unknown", "client_secret": "x"}):
        answer = posting(settled, endpoint, form)
        assert error_of(answer) == (401, "invalid_client")
        assert "www-authenticate" not in answer.headers
    answer = posting(settled, endpoint, {}, Authorization=basic("cli_unknown", "x"))
    assert error_of(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_wrong_secret_is_invalid(settled: AuthHarness, endpoint: str) -> None:
    """AS-49, OAuth 2.1 §3.2.4."""
    client = confidential(settled)
    assert error_of(posting(settled, endpoint, {}, Authorization=basic(client.id, "x"))) == (401, "invalid_client")
    answer = posting(settled, endpoint, {"client_id": client.id, "client_secret": "é"})
    assert error_of(answer) == (401, "invalid_client")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_confidential_client_cannot_fall_back_to_none(settled: AuthHarness, endpoint: str) -> None:
    """AS-49, OAuth 2.1 §2.4: its identifier alone is not enough, at any endpoint."""
    client = confidential(settled)
    assert error_of(posting(settled, endpoint, {"client_id": client.id})) == (401, "invalid_client")
    answer = posting(settled, endpoint, {"client_id": client.id, "client_secret": ""})
    assert error_of(answer) == (401, "invalid_client")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_public_client_with_a_secret_is_invalid(settled: AuthHarness, endpoint: str) -> None:
    """AS-49: whatever it holds was never issued to it."""
    answer = posting(settled, endpoint, {"client_id": settled.register().id, "client_secret": "x"})
    assert error_of(answer) == (401, "invalid_client")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_two_methods_in_one_request_are_refused(settled: AuthHarness, endpoint: str) -> None:
    """AS-49, OAuth 2.1 §2.4: also when both are right; repeating the identifier is no second method."""
    client = confidential(settled)
    secret = client.information["client_secret"]
    header = basic(client.id, secret)
    answer = posting(settled, endpoint, {"client_id": client.id, "client_secret": secret}, Authorization=header)
    assert error_of(answer) == (400, "invalid_request")
    assert authenticated(posting(settled, endpoint, {"client_id": client.id}, Authorization=header))
    answer = posting(settled, endpoint, {"client_id": settled.register().id}, Authorization=header)
    assert error_of(answer) == (400, "invalid_request")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_request_without_a_client_is_malformed(settled: AuthHarness, endpoint: str) -> None:
    """AS-49: invalid_client would make a client throw its registration away."""
    assert error_of(posting(settled, endpoint, {})) == (400, "invalid_request")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_assertion_is_not_taken_for_nothing(settled: AuthHarness, endpoint: str) -> None:
    """AS-49, RFC 7523 §3: a method that is not offered authenticates nobody, not even a public client."""
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    form = {"client_id": settled.register().id, "client_assertion_type": kind, "client_assertion": "e30.e30.x"}
    assert error_of(posting(settled, endpoint, form)) == (401, "invalid_client")


MALFORMED = ["Basic", "Basic !", "Basic eA==", "Basic /w==", "Basic \u00e9", "Basic " + "A" * 7000]


@pytest.mark.parametrize("header", MALFORMED)
def test_a_malformed_basic_header_is_invalid(settled: AuthHarness, header: str) -> None:
    """AS-16, AS-49, RFC 7617 §2: 401 with a challenge, never a server error."""
    answer = settled.http.post(
        "/token", data={"grant_type": "refresh_token"}, headers={"Authorization": header.encode("latin-1")}
    )
    assert error_of(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_basic_credentials_are_form_decoded(settled: AuthHarness) -> None:
    """RFC 6749 §2.3.1, Authlib trap 20: `+` is a space in either half."""
    client = confidential(settled)
    with settled.database() as session:
        session.get_one(Client, client.id).secret_digest = digest("a secret+with/odd=signs:")
    header = basic(client.id, "a secret+with/odd=signs:")
    assert "+" in b64decode(header[6:]).decode()
    assert authenticated(posting(settled, "/token", {}, Authorization=header))


def test_a_storage_failure_is_no_invalid_client(ada: AuthHarness) -> None:
    """AS-49: a dependency's failure is 503 with Retry-After, and the registration stays."""
    client = ada.register()
    with sqlite3.connect(ada.settings.data_dir / "auth.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = ada.refresh(client, "rt_x")
        other.execute("ROLLBACK")
    other.close()
    assert error_of(answer) == (503, "temporarily_unavailable")
    assert "retry-after" in answer.headers
