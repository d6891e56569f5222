"""OpenID Connect Core §5.3 and RFC 6750: the userinfo endpoint."""

import pytest
from sqlmodel import select

from auth_server.models import User
from shared.clock import now
from tests.auth_harness import AuthHarness, later
from tests.openid_steps import ask_userinfo, identity, read_id_token
from tests.spec.consent_steps import granted


def test_userinfo_tells_what_was_allowed(ada: AuthHarness) -> None:
    """OIDC Core §5.3.2, §5.4: sub always, the name for profile, the address for email, and nobody keeps a copy."""
    with ada.database() as session:
        person = session.exec(select(User)).one()
        person.name, person.email_verified_at = "Ada Lovelace", now()
    tokens = identity(ada, ada.register())
    answer = ask_userinfo(ada, tokens["access_token"])
    assert answer.json() == {
        "sub": read_id_token(ada, tokens["id_token"])[1]["sub"],
        "name": "Ada Lovelace",
        "email": "ada@example.org",
        "email_verified": True,
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("scope", "told"), [("openid", {"sub"}), ("openid email", {"sub", "email", "email_verified"})])
def test_userinfo_tells_no_more(settled: AuthHarness, scope: str, told: set[str]) -> None:
    """OIDC Core §5.4: an address that nobody proved is said not to be verified."""
    answer = ask_userinfo(settled, identity(settled, settled.register(), scope=scope)["access_token"]).json()
    assert answer.keys() == told
    assert answer.get("email_verified", False) is False


def test_userinfo_refuses_tokens_for_memories(settled: AuthHarness) -> None:
    """AS-120, AS-59, RFC 6750 §3.1: also when their grant has `openid`; the MCP server is who may see them."""
    token = settled.tokens(settled.register(), scope="openid email memory:read")["access_token"]
    answer = ask_userinfo(settled, token)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_the_mcp_server_is_told_nothing_of_a_userinfo_token(settled: AuthHarness) -> None:
    """AS-59, AS-120, RFC 7662 §4: the other way round."""
    token = identity(settled, settled.register())["access_token"]
    assert settled.introspect(token) == {"active": False}


def test_userinfo_ends_with_the_grant(ada: AuthHarness) -> None:
    """AS-93, AS-38: taken back, so the very next question is refused."""
    client = ada.register()
    tokens = identity(ada, client)
    ada.http.post("/revoke", data={"token": tokens["refresh_token"], **client.credential})
    assert ask_userinfo(ada, tokens["access_token"]).status_code == 401


def test_userinfo_ends_with_the_account(ada: AuthHarness) -> None:
    """AS-34: a disabled person is nobody."""
    token = identity(ada, ada.register())["access_token"]
    with ada.database() as session:
        session.exec(select(User)).one().disabled_at = now()
    assert ask_userinfo(ada, token).status_code == 401


def test_userinfo_ends_with_the_token(ada: AuthHarness) -> None:
    """RFC 6750 §3.1: expired, so refresh it."""
    token = identity(ada, ada.register())["access_token"]
    with later(minutes=11):
        assert ask_userinfo(ada, token).json()["error"] == "invalid_token"


def test_userinfo_follows_what_the_grant_allows_now(ada: AuthHarness) -> None:
    """AS-117: what was taken back since is not told, and without openid there is nothing to ask for."""
    client = ada.register()
    token = identity(ada, client)["access_token"]
    for scope, status in (("openid", 200), ("offline_access", 403)):
        with ada.database() as session:
            grant = granted(ada, client)[0]
            grant.scope = scope
            session.add(grant)
        answer = ask_userinfo(ada, token)
        assert answer.status_code == status
        assert "email" not in answer.json()
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_userinfo_takes_the_token_in_a_form(settled: AuthHarness) -> None:
    """OIDC Core §5.3.1, RFC 6750 §2.2: POST works as GET does."""
    token = identity(settled, settled.register())["access_token"]
    assert settled.http.post("/userinfo", data={"access_token": token}).status_code == 200
    assert settled.http.post("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_userinfo_takes_no_token_from_the_address(settled: AuthHarness) -> None:
    """RFC 6750 §2.3: addresses end up in logs; without a token the challenge names no error (§3.1)."""
    token = identity(settled, settled.register())["access_token"]
    answer = settled.http.get("/userinfo", params={"access_token": token})
    assert answer.status_code == 401
    assert "error" not in answer.headers["www-authenticate"]


@pytest.mark.parametrize("data", [{"access_token": "a"}, {"access_token": ["a", "b"]}])
def test_two_tokens_are_no_token(settled: AuthHarness, data: dict[str, list[str]]) -> None:
    """RFC 6750 §2: one method, one token."""
    token = identity(settled, settled.register())["access_token"]
    answer = settled.http.post("/userinfo", data=data, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "%00", "x" * 10_000])
def test_what_is_no_token_is_refused(settled: AuthHarness, token: str) -> None:
    """AS-121, AS-60, RFC 6750 §3.1."""
    assert ask_userinfo(settled, token).json()["error"] == "invalid_token"


def test_browser_apps_may_ask_userinfo(settled: AuthHarness) -> None:
    """AS-83: as the other endpoints that programs in pages call."""
    origin = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "GET"}
    answer = settled.http.options("/userinfo", headers=origin)
    assert answer.headers["access-control-allow-origin"] in ("*", "http://localhost:5173")
