"""A web application that keeps its tokens on its server: code, PKCE, state and nonce, from end to end."""

from tests.auth_harness import AuthHarness
from tests.openid_steps import WHO, ask_userinfo, read_id_token


def test_a_confidential_client_signs_a_person_in_until_they_take_it_back(ada: AuthHarness) -> None:
    """AS-93, OIDC Core §3.1: both its grants work, for who somebody is and for their memories, and end at once."""
    browser = ada.register(client_name="Memory browser", token_endpoint_auth_method="client_secret_basic")
    who = ada.approve(browser, scope=f"{WHO} offline_access", resource=None, state="s1", nonce="n1")
    assert (who["state"], who["iss"]) == ("s1", ada.settings.issuer)
    identity = ada.redeem(browser, who["code"]).json()
    assert read_id_token(ada, identity["id_token"])[1]["nonce"] == "n1"
    assert ask_userinfo(ada, identity["access_token"]).json()["email"] == "ada@example.org"
    memories = ada.tokens(browser, scope="openid memory:read memory:write offline_access", nonce="n2")
    assert ada.introspect(memories["access_token"])["active"]

    ada.http.post("/revoke", data={"token": identity["refresh_token"], **browser.credential})
    ada.http.post("/revoke", data={"token": memories["refresh_token"], **browser.credential})
    assert ask_userinfo(ada, identity["access_token"]).status_code == 401
    assert ada.introspect(memories["access_token"]) == {"active": False}
    for tokens in (identity, memories):
        assert ada.refresh(browser, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_confidential_client_without_its_secret_gets_nothing(ada: AuthHarness) -> None:
    """AS-93, AS-49: the code alone is not enough."""
    browser = ada.register(token_endpoint_auth_method="client_secret_basic")
    code = ada.approve(browser, scope=WHO, resource=None)["code"]
    assert ada.redeem(browser, code, client_secret=None).status_code == 401
