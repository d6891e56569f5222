"""RFC 7009: token revocation."""

from typing import Any

import pytest

from tests.auth_harness import AuthHarness, RegisteredClient, error_of


def revoking(auth: AuthHarness, client: RegisteredClient, **form: str) -> Any:
    return auth.http.post("/revoke", data=client.credential | form)


@pytest.mark.parametrize("token", ["unknown", "rt_unknown", "e30.e30.e30", "\x00", "é" * 3000])
def test_an_unknown_token_is_a_success(settled: AuthHarness, token: str) -> None:
    """AS-62, RFC 7009 §2.2: the client wanted it gone, and it is."""
    assert revoking(settled, settled.register(), token=token).status_code == 200


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "saml2", "\x00"])
@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_a_revoked_token_ends_its_grant(settled: AuthHarness, kind: str, hint: str | None) -> None:
    """AS-62, RFC 7009 §2.1: the whole family and the access tokens; a wrong or unknown hint does not matter."""
    client = settled.register()
    tokens = settled.tokens(client)
    form = {"token": tokens[kind]} | ({"token_type_hint": hint} if hint else {})
    assert revoking(settled, client, **form).status_code == 200
    assert settled.introspect(tokens["access_token"]) == {"active": False}
    assert error_of(settled.refresh(client, tokens["refresh_token"])) == (400, "invalid_grant")


def test_an_older_generation_ends_the_family_too(settled: AuthHarness) -> None:
    """AS-62, RFC 7009 §2.1: a client that lost count still gets rid of its access."""
    client = settled.register()
    first = settled.tokens(client)
    second = settled.refresh(client, first["refresh_token"]).json()
    revoking(settled, client, token=first["refresh_token"])
    assert error_of(settled.refresh(client, second["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_another_clients_token_is_not_revoked(settled: AuthHarness, kind: str) -> None:
    """AS-62, RFC 7009 §2.1."""
    client, other = settled.register(), settled.register()
    tokens = settled.tokens(client)
    revoking(settled, other, token=tokens[kind])
    assert settled.introspect(tokens["access_token"])["active"] is True


def test_other_grants_of_the_client_live_on(settled: AuthHarness) -> None:
    """RFC 7009 §2.1: one grant for each approval."""
    client = settled.register()
    first, second = settled.tokens(client), settled.tokens(client)
    revoking(settled, client, token=first["refresh_token"])
    assert settled.introspect(second["access_token"])["active"] is True


def test_a_request_without_a_token_is_malformed(settled: AuthHarness) -> None:
    """RFC 7009 §2.1."""
    assert error_of(revoking(settled, settled.register())) == (400, "invalid_request")


def test_the_change_feed_tells_of_a_revocation(settled: AuthHarness) -> None:
    """RFC 7009 §2: the revocation takes effect at the resource server, not with the token's expiry."""
    client = settled.register()
    tokens = settled.tokens(client)
    grant_id = settled.introspect(tokens["access_token"])["grant_id"]
    revoking(settled, client, token=tokens["refresh_token"])
    news = settled.http.get("/internal/changes?after=0", headers=settled.resource_credential).json()["changes"]
    assert [change for change in news if change["grant_id"] == grant_id] == [
        {"grant_id": grant_id, "revision": 2, "state": "revoked"}
    ]
