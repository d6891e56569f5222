"""OAuth 2.1 §3.2, §4.1.3: the token endpoint and the redemption of codes."""

from tests.auth_harness import AuthHarness


def test_a_code_becomes_tokens(ada: AuthHarness) -> None:
    """OAuth 2.1 §4.1.4: the whole flow ends with an access token that the resource server finds active."""
    tokens = ada.tokens(ada.register())
    assert tokens["token_type"] == "Bearer"
    assert ada.introspect(tokens["access_token"])["active"] is True
