"""RFC 7636: proof key for code exchange, S256 for every client."""

import pytest

from auth_server.oauth.pkce import proves
from tests.auth_harness import VERIFIER, AuthHarness


def test_the_example_of_the_appendix_holds() -> None:
    """RFC 7636 appendix B."""
    verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert proves(verifier, challenge)


@pytest.mark.parametrize("method", ["none", "client_secret_post"])
def test_a_challenge_is_required_of_every_client(settled: AuthHarness, method: str) -> None:
    """AS-5, OAuth 2.1 §4.1.2.1, §7.5.1: public and confidential clients alike."""
    client = settled.connected_client(token_endpoint_auth_method=method)
    answer = settled.redirected_error(client, code_challenge=None, code_challenge_method=None)
    assert answer["error"] == "invalid_request"


@pytest.mark.parametrize("method", [None, "plain", "s256", "S512", ""])
def test_only_s256_is_taken(settled: AuthHarness, method: str | None) -> None:
    """AS-6, RFC 7636 §4.3: an absent method would mean plain, so it is refused too."""
    answer = settled.redirected_error(settled.connected_client(), code_challenge_method=method)
    assert answer["error"] == "invalid_request"


def test_the_metadata_lists_exactly_s256(settled: AuthHarness) -> None:
    """AS-6, RFC 8414 §2."""
    metadata = settled.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["code_challenge_methods_supported"] == ["S256"]


@pytest.mark.parametrize("challenge", ["a" * 42, "a" * 129, "a" * 42 + "=", "a" * 42 + " ", "é" * 43, "a" * 43 + "\n"])
def test_a_malformed_challenge_is_refused(settled: AuthHarness, challenge: str) -> None:
    """AS-7, RFC 7636 §4.2: 43 to 128 unreserved characters."""
    answer = settled.redirected_error(settled.connected_client(), code_challenge=challenge)
    assert answer["error"] == "invalid_request"


def test_a_wrong_verifier_does_not_burn_the_code(settled: AuthHarness) -> None:
    """AS-42, OAuth 2.1 §4.1.3: whoever has only the code cannot spoil it for its owner."""
    client = settled.register()
    code = settled.approve(client)["code"]
    refused = settled.redeem(client, code, code_verifier="w" * 64)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert settled.redeem(client, code).status_code == 200


@pytest.mark.parametrize("verifier", [None, "", "short", "v" * 129, "v" * 63 + "é", VERIFIER + "\n"])
def test_a_missing_or_malformed_verifier_is_an_error(settled: AuthHarness, verifier: str | None) -> None:
    """AS-42, RFC 7636 §4.5, §4.6."""
    client = settled.register()
    code = settled.approve(client)["code"]
    assert settled.redeem(client, code, code_verifier=verifier).status_code == 400
    assert settled.redeem(client, code).status_code == 200


def test_a_confidential_client_proves_its_code_too(settled: AuthHarness) -> None:
    """AS-5, AS-42, OAuth 2.1 §7.5.1: the secret does not stand in for the verifier."""
    client = settled.register(token_endpoint_auth_method="client_secret_post")
    code = settled.approve(client)["code"]
    assert settled.redeem(client, code, code_verifier=None).json()["error"] == "invalid_request"


def test_no_verifier_proves_a_code_without_a_challenge() -> None:
    """AS-47, RFC 9700 §4.8.2: a downgrade would be a code without a challenge."""
    assert not proves(VERIFIER, "")
