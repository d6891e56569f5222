"""What never appears in a log (MCP security considerations, token theft)."""

import logging

import pytest

from tests.auth_harness import PASSWORD, VERIFIER, AuthHarness


def test_no_credential_is_logged_at_any_level(
    auth: AuthHarness, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """AS-64, AS-110: the whole flow with everything at DEBUG, Authlib included, failures included."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "authlib")
    caplog.set_level(logging.WARNING, "httpx2")  # the browser of this test, which logs what it asks for
    auth.create_user()
    auth.sign_in()
    client = auth.register(token_endpoint_auth_method="client_secret_post")
    code = auth.approve(client, state="the-state-of-the-client")["code"]
    tokens = auth.redeem(client, code).json()
    auth.redeem(client, code)
    refreshed = auth.refresh(client, tokens["refresh_token"]).json()
    auth.introspect(refreshed["access_token"])
    auth.refresh(client, "rt_wrong")
    auth.redeem(client, code, client_secret="a-wrong-secret")
    auth.http.post("/revoke", data=client.credential | {"token": refreshed["refresh_token"]})
    written = caplog.text + "".join(capfd.readouterr())
    secrets = [
        PASSWORD,
        VERIFIER,
        code,
        tokens["access_token"],
        tokens["refresh_token"],
        refreshed["access_token"],
        refreshed["refresh_token"],
        client.information["client_secret"],
        client.information["registration_access_token"],
        auth.resource_credential["Authorization"],
        "a-wrong-secret",
        "the-state-of-the-client",
        *auth.http.cookies.values(),
    ]
    assert [secret for secret in secrets if secret in written] == []
