"""Where Authlib 1.9 would do something else than the specifications ask: one regression test for each trap."""

from importlib.metadata import version
from typing import Any

import pytest
from authlib.oauth2.rfc8628 import DeviceCodeGrant
from joserfc import jws

from auth_server.oauth.server import GRANT_TYPES, GRANTS, OstiaryServer
from tests.auth_harness import CALLBACK, AuthHarness, error_of, later


@pytest.mark.parametrize("odd", ['"', "\\", "é", "🦉"])
@pytest.mark.parametrize("parameter", ["redirect_uri", "response_type"])
def test_1_odd_characters_are_no_server_error(settled: AuthHarness, parameter: str, odd: str) -> None:
    """Trap 1: its error descriptions raise ValueError for them, reachable by anyone."""
    client = settled.connected_client()
    for browser in (settled.http, settled.new_browser()):
        answer = browser.get("/authorize", params=settled.authorization_parameters(client, **{parameter: odd}))
        assert answer.status_code in (303, 400)


def test_2_pkce_is_required_and_never_plain(settled: AuthHarness) -> None:
    """Trap 2: `required=True` does not require it at /authorize, and no method means plain."""
    client = settled.connected_client()
    for changes in ({"code_challenge": None}, {"code_challenge_method": None}):
        assert settled.redirected_error(client, **changes)["error"] == "invalid_request"


def test_3_an_access_token_lives_ten_minutes(settled: AuthHarness) -> None:
    """Trap 3: its default for the code grant is ten days."""
    assert settled.tokens(settled.register())["expires_in"] == 600


def test_4_its_grants_that_log_tokens_are_not_used(settled: AuthHarness, caplog: pytest.LogCaptureFixture) -> None:
    """Trap 4: `log.debug("Issue token %r")`."""
    caplog.set_level("DEBUG", "authlib")
    settled.tokens(settled.register())
    assert [record for record in caplog.records if record.name.startswith("authlib")] == []


@pytest.mark.parametrize(
    "redirect_uri", ["javascript:alert(1)", "http://example.com/", "https://*.com/", "https://a.com/\n", 7]
)
def test_5_registration_checks_redirect_uris(settled: AuthHarness, redirect_uri: object) -> None:
    """Trap 5: it accepts all of these, fails on the number, and never says invalid_redirect_uri."""
    answer = settled.http.post("/register", json={"redirect_uris": [redirect_uri]})
    assert error_of(answer) == (400, "invalid_redirect_uri")


def test_6_registration_narrows_and_mints_no_needless_secret(settled: AuthHarness) -> None:
    """Trap 6: a secret for `none`, and a refusal of unknown scopes and grants."""
    client = settled.register(scope="memory:read unknown", grant_types=["authorization_code", "unknown"])
    assert "client_secret" not in client.information
    assert client.information["scope"] == "memory:read gateway:call"
    assert client.information["grant_types"] == ["authorization_code"]


def test_7_tokens_name_the_key_that_signed_them(settled: AuthHarness) -> None:
    """Trap 7: no kid from one key, a random key of a set, and RS256 where a key is RSA."""
    header = jws.extract_compact(settled.tokens(settled.register())["access_token"].encode()).protected
    kids = [key["kid"] for key in settled.http.get("/.well-known/jwks.json").json()["keys"]]
    assert (header["alg"], header["kid"]) == ("ES256", kids[0])


def test_8_the_audience_follows_the_resource(settled: AuthHarness) -> None:
    """Trap 8: `get_audiences` cannot see the request."""
    tokens = settled.tokens(settled.register(), resource=None)
    assert settled.introspect(tokens["access_token"])["aud"] == settled.settings.mcp_url


def test_9_codes_and_refresh_tokens_are_spent_once(settled: AuthHarness) -> None:
    """Trap 9: it neither claims atomically nor notices reuse (the race itself is in test_races.py)."""
    client = settled.register()
    code = settled.approve(client)["code"]
    tokens = settled.redeem(client, code).json()
    assert settled.redeem(client, code).status_code == 400
    settled.refresh(client, tokens["refresh_token"])
    with later(seconds=61):
        assert settled.refresh(client, tokens["refresh_token"]).status_code == 400


def test_10_a_refresh_gives_a_new_refresh_token(settled: AuthHarness) -> None:
    """Trap 10: by default it gives none, and a missing person is an invalid_request."""
    client = settled.register()
    assert "refresh_token" in settled.refresh(client, settled.tokens(client)["refresh_token"]).json()


def test_11_a_narrowed_refresh_loses_no_scope(settled: AuthHarness) -> None:
    """Trap 11: the token's scope, once stored, would be all there is."""
    client = settled.register()
    tokens = settled.tokens(client, scope="memory:read memory:write")
    narrowed = settled.refresh(client, tokens["refresh_token"], scope="memory:read").json()
    assert settled.refresh(client, narrowed["refresh_token"]).json()["scope"] == "memory:read memory:write"


def test_12_the_redirect_uri_is_optional_at_the_token_endpoint(settled: AuthHarness) -> None:
    """Trap 12: OAuth 2.1 §10.2."""
    client = settled.register()
    assert settled.redeem(client, settled.approve(client)["code"], redirect_uri=None).status_code == 200


def test_13_errors_of_the_get_carry_iss_and_redirect_with_303(settled: AuthHarness) -> None:
    """Trap 13: its extension misses them, and it redirects with 302."""
    answer = settled.authorize(settled.connected_client(), response_type="token")
    assert answer.status_code == 303
    assert "iss=http%3A%2F%2Flocalhost%3A9000" in answer.headers["location"]


@pytest.mark.parametrize("parameter", ["code_challenge", "code_challenge_method", "nonce", "prompt"])
def test_14_every_parameter_is_checked_for_repetition(settled: AuthHarness, parameter: str) -> None:
    """Trap 14: it looks at five."""
    client = settled.connected_client()
    answer = settled.redirected_error(client, f"&{parameter}=x&{parameter}=x")
    assert answer["error"] == "invalid_request"


def test_15_device_codes_are_our_own() -> None:
    """Trap 15: its device codes can be redeemed twice; of ours the database spends one (test_rfc8628)."""
    assert DeviceCodeGrant.GRANT_TYPE in GRANT_TYPES
    assert not any(issubclass(grant, DeviceCodeGrant) for grant in GRANTS)


def test_16_client_configuration_works_and_prints_nothing(
    settled: AuthHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    """Trap 16: its RFC 7592 endpoint swaps its arguments and prints."""
    client = settled.register()
    capsys.readouterr()
    header = {"Authorization": f"Bearer {client.information['registration_access_token']}"}
    document = {"client_id": client.id, "redirect_uris": [CALLBACK], "client_name": "New"}
    answer = settled.http.put(f"/register/{client.id}", json=document, headers=header)
    assert (answer.status_code, answer.json()["client_name"]) == (200, "New")
    assert capsys.readouterr().out == ""


def test_17_jwts_are_revoked_and_hints_are_only_hints(settled: AuthHarness) -> None:
    """Trap 17: unsupported_token_type for every JWT, introspection blind to revocation, unknown hints an error."""
    client = settled.register()
    token = settled.tokens(client)["access_token"]
    form = client.credential | {"token": token, "token_type_hint": "unknown"}
    assert settled.http.post("/revoke", data=form).status_code == 200
    assert settled.introspect(token) == {"active": False}


def test_18_authentication_is_enforced_at_every_endpoint(settled: AuthHarness) -> None:
    """Trap 18: at the token endpoint only."""
    client = settled.register(token_endpoint_auth_method="client_secret_post")
    tokens = settled.tokens(client)
    answer = settled.http.post("/revoke", data={"client_id": client.id, "token": tokens["access_token"]})
    assert error_of(answer) == (401, "invalid_client")
    assert settled.introspect(tokens["access_token"])["active"] is True


@pytest.mark.parametrize("credential", [{}, {"client_secret": "x"}])
def test_19_an_unknown_client_gets_401(settled: AuthHarness, credential: dict[str, str]) -> None:
    """Trap 19: 400, upon which clients do not register again."""
    form: dict[str, Any] = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "cli_gone"}
    assert error_of(settled.http.post("/token", data=form | credential)) == (401, "invalid_client")


def test_20_basic_credentials_are_form_decoded(settled: AuthHarness) -> None:
    """Trap 20: an identifier with an escaped character is the same client."""
    client = settled.register(token_endpoint_auth_method="client_secret_basic")
    credential = (client.id.replace("_", "%5F"), client.information["client_secret"])
    answer = settled.http.post("/token", data={"grant_type": "refresh_token", "refresh_token": "x"}, auth=credential)
    assert error_of(answer) == (400, "invalid_grant")


def test_21_the_version_has_the_security_fixes() -> None:
    """Trap 21: CVE-2026-41479, CVE-2026-44681 and CVE-2026-27962 lie below 1.9.8."""
    assert tuple(int(part) for part in version("authlib").split(".")[:3]) >= (1, 9, 8)


def test_22_nothing_depends_on_the_order_of_hooks(settled: AuthHarness) -> None:
    """Trap 22: hooks are kept in a set, so none is registered."""
    with settled.database() as session:
        server = OstiaryServer(session, settled.services)
    assert not server._hooks
