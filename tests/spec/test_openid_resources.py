"""RFC 8707 with OpenID Connect: the userinfo endpoint and the administration API as resources of their own."""

import pytest
from sqlmodel import select

from auth_server.models import User
from auth_server.oauth.jwt_access_tokens import read_access_token
from tests.auth_harness import AuthHarness, answer_parameters
from tests.openid_steps import WHO, administering_client, ask_userinfo, identity
from tests.spec.consent_steps import consent_form, send


@pytest.fixture
def admin(ada: AuthHarness) -> AuthHarness:
    """Ada administers."""
    with ada.database() as session:
        session.exec(select(User)).one().is_admin = True
    return ada


def test_userinfo_may_be_named(settled: AuthHarness) -> None:
    """AS-18, RFC 8707 §2: what is no claim about the person is left out of such a request."""
    resource = f"{settled.settings.issuer}/userinfo"
    client = settled.register()
    code = settled.approve(client, scope=f"{WHO} memory:read", resource=resource)["code"]
    tokens = settled.redeem(client, code, resource=resource).json()
    assert tokens["scope"] == WHO
    assert ask_userinfo(settled, tokens["access_token"]).status_code == 200


def test_userinfo_without_openid_is_an_invalid_scope(settled: AuthHarness) -> None:
    """AS-65, OIDC Core §5.3."""
    resource = f"{settled.settings.issuer}/userinfo"
    answer = settled.redirected_error(settled.connected_client(), scope="memory:read", resource=resource)
    assert answer["error"] == "invalid_scope"


def test_two_resources_need_two_requests(settled: AuthHarness) -> None:
    """AS-59, RFC 8707 §2: a token is good at one place."""
    both = [settled.settings.mcp_url, f"{settled.settings.issuer}/userinfo"]
    assert settled.redirected_error(settled.connected_client(), scope=WHO, resource=both)["error"] == "invalid_target"


def test_the_token_endpoint_widens_no_resource(settled: AuthHarness) -> None:
    """AS-54, RFC 8707 §2.2: what was granted decides, for codes and for refresh tokens, in both directions."""
    client, mcp, own = settled.register(), settled.settings.mcp_url, f"{settled.settings.issuer}/userinfo"
    code = settled.approve(client, scope=WHO, resource=None)["code"]
    assert settled.redeem(client, code, resource=mcp).json()["error"] == "invalid_target"
    tokens = settled.redeem(client, code).json()
    assert settled.refresh(client, tokens["refresh_token"], resource=mcp).json()["error"] == "invalid_target"
    memories = settled.tokens(client)
    assert settled.refresh(client, memories["refresh_token"], resource=own).json()["error"] == "invalid_target"


def test_an_administrator_lets_an_app_administer(admin: AuthHarness) -> None:
    """AS-65, AS-119: with a token for the administration API alone, which opens no memories."""
    client, resource = administering_client(admin), admin.settings.admin_resource
    code = admin.approve(client, choices={"scope": ["admin"]}, scope="admin memory:read", resource=resource)["code"]
    tokens = admin.redeem(client, code, resource=resource).json()
    with admin.database() as session:
        claims = read_access_token(session, admin.services, tokens["access_token"])
    assert claims is not None
    assert (claims["aud"], tokens["scope"]) == (resource, "admin")
    assert admin.introspect(tokens["access_token"]) == {"active": False}
    renewed = admin.refresh(client, tokens["refresh_token"], resource=resource)
    assert renewed.json()["scope"] == "admin"


def test_administering_is_never_ticked_for_anybody(admin: AuthHarness) -> None:
    """AS-20: the person ticks it, or gives nothing."""
    client, resource = administering_client(admin), admin.settings.admin_resource
    form = consent_form(admin, client, scope="admin", resource=resource)
    assert "scope" not in form
    assert send(admin, form).status_code == 400


def test_nobody_lets_an_app_administer_who_does_not(ada: AuthHarness) -> None:
    """AS-65, RFC 6749 §4.1.2.1: neither by the page, nor by a form that was open before the rights were taken."""
    client, resource = administering_client(ada), ada.settings.admin_resource
    assert ada.authorize(client, scope="admin", resource=resource).status_code == 400
    with ada.database() as session:
        session.exec(select(User)).one().is_admin = True
    form = consent_form(ada, client, scope="admin", resource=resource) | {"scope": ["admin"]}
    with ada.database() as session:
        session.exec(select(User)).one().is_admin = False
    answer = send(ada, form)
    assert answer.status_code == 400
    assert "rights of an administrator" in answer.text


def test_an_app_that_registered_itself_never_administers(admin: AuthHarness) -> None:
    """AS-65: it hears so where it is known."""
    client = admin.connected_client()
    answer = admin.redirected_error(client, scope="admin", resource=admin.settings.admin_resource)
    assert answer["error"] == "invalid_scope"


def test_a_known_app_hears_that_somebody_else_is_expected(ada: AuthHarness) -> None:
    """OIDC Core §3.1.2.1: an id_token_hint that names another person than the one who is signed in."""
    client = ada.register()
    hint = identity(ada, client)["id_token"]
    assert ada.authorize(client, scope=WHO, resource=None, id_token_hint=hint).status_code == 200
    ada.create_user("grace@example.org")
    ada.http.cookies.clear()
    ada.sign_in("grace@example.org")
    assert ada.authorize(client, scope=WHO, resource=None, id_token_hint=hint).status_code == 400
    identity(ada, client)
    answer = ada.authorize(client, scope=WHO, resource=None, id_token_hint=hint)
    assert answer_parameters(answer.headers["location"])["error"] == "login_required"
