"""OpenID Connect Core 1.0: a request about the person, its consent, and the id_token."""

import hashlib
from base64 import urlsafe_b64encode

import pytest
from sqlmodel import select

from auth_server.models import User
from auth_server.oauth.jwt_access_tokens import read_access_token
from shared.clock import epoch, now
from tests.auth_harness import AuthHarness, later
from tests.openid_steps import WHO, ask_userinfo, identity, read_id_token
from tests.spec.consent_steps import consent_form, granted, send


def test_a_plain_openid_request_is_about_the_person_alone(settled: AuthHarness) -> None:
    """AS-18, AS-120, OIDC Core §5.3: without `resource` the token is for userinfo; no memory scope is added."""
    tokens = identity(settled, settled.register())
    with settled.database() as session:
        claims = read_access_token(session, settled.services, tokens["access_token"])
    assert claims is not None
    assert (claims["aud"], tokens["scope"]) == (f"{settled.settings.issuer}/userinfo", WHO)
    assert tokens["authorization_details"] == []


def test_the_consent_page_of_a_plain_openid_request_offers_no_memories(settled: AuthHarness) -> None:
    """AS-20, OIDC Core §3.1.2.4: sentences under "Who you are", ticked, and nothing else to choose."""
    client = settled.register()
    page = settled.authorize(client, scope=WHO, resource=None).text
    form = consent_form(settled, client, scope=WHO, resource=None)
    assert "Who you are" in page
    assert "See your e-mail address" in page
    assert form["scope"] == WHO.split()
    assert not {"read", "write", "new_namespace"} & form.keys()


def test_a_request_for_memories_may_ask_who_it_is_as_well(settled: AuthHarness) -> None:
    """AS-18: openid beside a memory scope changes nothing about the audience, and brings an id_token."""
    tokens = settled.tokens(settled.register(), scope="openid memory:read", resource=None)
    assert settled.introspect(tokens["access_token"])["aud"] == settled.settings.mcp_url
    assert tokens["scope"] == "memory:read openid"
    assert read_id_token(settled, tokens["id_token"])


@pytest.mark.parametrize(
    ("ticked", "kept"), [(["openid", "email"], "openid email"), (["openid"], "openid"), (WHO.split(), WHO)]
)
def test_a_person_tells_less_than_was_asked(settled: AuthHarness, ticked: list[str], kept: str) -> None:
    """AS-26, OIDC Core §3.1.2.4: the grant has what was ticked."""
    client = settled.register()
    assert identity(settled, client, choices={"scope": ticked})["scope"] == kept
    assert granted(settled, client)[0].scope == kept


@pytest.mark.parametrize("ticked", [[], ["profile", "email"], ["offline_access"]])
def test_nothing_is_told_without_openid(settled: AuthHarness, ticked: list[str]) -> None:
    """AS-26, OIDC Core §5.4: a name without knowing whose it is means nothing, so the page asks again."""
    client = settled.register()
    form = consent_form(settled, client, scope=f"{WHO} offline_access", resource=None)
    assert send(settled, form | {"scope": ticked}).status_code == 400


def test_unticking_openid_leaves_the_memories(settled: AuthHarness) -> None:
    """AS-26: no id_token then, and none of its claims."""
    choices = {"scope": ["memory:read", "profile", "email"]}
    tokens = settled.tokens(settled.register(), scope=f"memory:read {WHO}", choices=choices)
    assert tokens["scope"] == "memory:read"
    assert "id_token" not in tokens


def test_an_id_token_says_what_core_asks_for(ada: AuthHarness) -> None:
    """AS-93, OIDC Core §2, §3.1.3.6: ES256 by a published key; who, for whom, when, how, and for which access token."""
    client = ada.register()
    tokens = identity(ada, client, nonce="n-0S6_WzA2Mj")
    header, claims = read_id_token(ada, tokens["id_token"])
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert (header["alg"], header["typ"]) == ("ES256", "JWT")
    assert claims["iss"] == ada.settings.issuer
    assert claims["aud"] == claims["azp"] == client.id
    assert claims["sub"].startswith("usr_")
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert claims["amr"] == ["pwd"]
    assert claims["at_hash"] == urlsafe_b64encode(half).rstrip(b"=").decode()
    assert claims["iat"] - 60 <= claims["auth_time"] <= claims["iat"] < claims["exp"] <= epoch(now()) + 900


@pytest.mark.parametrize("nonce", ["a b+c/d=&%20", "ünï→☃", '"\\', "x" * 1024])
def test_the_nonce_returns_byte_for_byte(settled: AuthHarness, nonce: str) -> None:
    """AS-93, OIDC Core §2: passed through unmodified."""
    token = identity(settled, settled.register(), nonce=nonce)["id_token"]
    assert read_id_token(settled, token)[1]["nonce"] == nonce


def test_without_a_nonce_there_is_none(settled: AuthHarness) -> None:
    """OIDC Core §3.1.2.1: it is optional in the code flow."""
    assert "nonce" not in read_id_token(settled, identity(settled, settled.register())["id_token"])[1]


def test_a_double_click_keeps_the_nonce(settled: AuthHarness) -> None:
    """AS-25, OIDC Core §3.1.3.6: the second code stands for the same request and the same sign-in."""
    client = settled.register()
    form = consent_form(settled, client, scope=WHO, resource=None, nonce="twice")
    send(settled, form)
    code = send(settled, form).headers["location"].partition("code=")[2].partition("&")[0]
    claims = read_id_token(settled, settled.redeem(client, code).json()["id_token"])[1]
    assert (claims["nonce"], claims["amr"]) == ("twice", ["pwd"])
    assert "auth_time" in claims


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "x" * 1025}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "urn:x"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
def test_what_is_not_understood_is_refused_aloud(settled: AuthHarness, changes: dict[str, str], code: str) -> None:
    """AS-11, OIDC Core §3.1.2.6, §6: at the client's redirect URI, once the person knows it."""
    assert settled.redirected_error(settled.connected_client(), scope=WHO, **changes)["error"] == code


@pytest.mark.parametrize("name", ["max_age", "id_token_hint", "login_hint"])
def test_openid_parameters_come_once(settled: AuthHarness, name: str) -> None:
    """AS-8, OAuth 2.1 §3.1."""
    answer = settled.redirected_error(settled.connected_client(), f"&{name}=1&{name}=2", scope=WHO)
    assert answer["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [
        {"claims": '{"userinfo":{"email":null}}'},
        {"id_token_hint": "not.a.token"},
        {"login_hint": "x"},
        {"display": "p"},
    ],
)
def test_what_may_be_ignored_is_ignored(settled: AuthHarness, changes: dict[str, str]) -> None:
    """AS-9, OIDC Core §5.5, §3.1.2.1: a request goes on without it."""
    assert settled.authorize(settled.register(), scope=WHO, resource=None, **changes).status_code == 200


def test_an_id_token_opens_nothing(settled: AuthHarness) -> None:
    """AS-60, AS-95, RFC 9068 §5: not here as an access token, not at userinfo, not as a refresh token."""
    client = settled.register()
    token = settled.tokens(client, scope="openid memory:read")["id_token"]
    assert settled.introspect(token) == {"active": False}
    assert ask_userinfo(settled, token).status_code == 401
    assert settled.refresh(client, token).status_code == 400
    assert settled.http.get("/admin/api/people", headers={"Authorization": f"Bearer {token}"}).status_code != 200


def test_an_unticked_claim_is_in_no_token(ada: AuthHarness) -> None:
    """OIDC Core §5.4: the id_token tells what was allowed, so that apps which never ask userinfo need not."""
    with ada.database() as session:
        session.exec(select(User)).one().name = "Ada Lovelace"
    claims = read_id_token(ada, identity(ada, ada.register(), choices={"scope": ["openid", "profile"]})["id_token"])[1]
    assert claims["name"] == "Ada Lovelace"
    assert not {"email", "email_verified"} & claims.keys()


def test_a_refresh_is_for_the_same_resource(ada: AuthHarness) -> None:
    """AS-54, OIDC Core §12: another access token for what was granted, and no second id_token."""
    client = ada.register()
    tokens = identity(ada, client)
    with later(minutes=20):
        renewed = ada.refresh(client, tokens["refresh_token"], resource=f"{ada.settings.issuer}/userinfo").json()
        assert ask_userinfo(ada, renewed["access_token"]).json()["email"] == "ada@example.org"
        assert "id_token" not in renewed


def test_the_page_of_connected_apps_says_what_is_known(ada: AuthHarness) -> None:
    """AS-38: in a sentence, with the memories if there are any."""
    identity(ada, ada.register(client_name="Notes"))
    ada.tokens(ada.register(client_name="Claude"), scope="openid memory:read", choices={"read": ["personal"]})
    page = ada.http.get("/account/apps").text
    assert "Knows your name and your e-mail address." in page
    assert "May read memories in personal. Knows that it is you who signs in." in page
