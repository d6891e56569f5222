"""RFC 7662: token introspection, and the credential of the resource server."""

import stat
from typing import Any

import pytest
from sqlmodel import select

from auth_server.app import open_services
from auth_server.grants import edit_grant
from auth_server.models import Grant, ResourceServer
from auth_server.resource_servers import WeakCredentialError, rotate_credential
from shared.authorization_details import parse_details
from shared.scopes import Scope
from tests.auth_harness import AuthHarness, error_of, later


def asking(auth: AuthHarness, token: str, **headers: Any) -> Any:
    return auth.http.post("/introspect", data={"token": token}, headers=headers)


def test_an_active_token_is_described(settled: AuthHarness) -> None:
    """RFC 7662 §2.2: with the grant's scope and revision as they are now."""
    client = settled.register(client_name="My app")
    tokens = settled.tokens(client, scope="memory:read memory:write")
    answer = settled.introspect(tokens["access_token"])
    assert answer.pop("grant_id").startswith("grt_")
    assert answer.pop("sub").startswith("usr_")
    assert abs(answer.pop("decided_at") - answer["iat"]) <= 5
    assert answer.pop("exp") - answer.pop("iat") == 600
    assert answer.pop("jti")
    assert answer == {
        "active": True,
        "token_type": "Bearer",
        "client_id": client.id,
        "client_name": "My app",
        "aud": settled.settings.mcp_url,
        "iss": settled.settings.issuer,
        "scope": "memory:read memory:write",
        "grant_rev": 1,
        "authorization_details": tokens["authorization_details"],
    }


def test_an_edit_of_the_grant_shows_at_once(settled: AuthHarness) -> None:
    """RFC 7662 §2.2, RFC 9396 §9.2: the token is older than what it may do."""
    tokens = settled.tokens(settled.register())
    details = parse_details([{"type": "memory", "actions": ["read"], "namespaces": ["work"]}])
    with settled.database() as session:
        grant = session.get_one(Grant, settled.introspect(tokens["access_token"])["grant_id"])
        edit_grant(session, grant, revision=1, scopes=(Scope.MEMORY_READ,), details=details)
    answer = settled.introspect(tokens["access_token"])
    assert (answer["scope"], answer["grant_rev"]) == ("memory:read", 2)
    assert answer["authorization_details"][0]["namespaces"] == ["work"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer rs_wrong", "Basic cnM6cnM=", "Bearer \u00e9"])
def test_nobody_else_may_introspect(settled: AuthHarness, header: str | None) -> None:
    """AS-61, RFC 7662 §2.1, §4: 401 and not a word about the token."""
    token = settled.tokens(settled.register())["access_token"]
    headers = {"Authorization": header.encode("latin-1")} if header is not None else {}
    answer = asking(settled, token, **headers)
    assert error_of(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_clients_may_not_introspect(settled: AuthHarness) -> None:
    """AS-61, RFC 7662 §4: public or confidential, not even their own tokens."""
    for method in ("none", "client_secret_post"):
        client = settled.register(token_endpoint_auth_method=method)
        token = settled.tokens(client)["access_token"]
        assert settled.http.post("/introspect", data=client.credential | {"token": token}).status_code == 401
        assert asking(settled, token, Authorization=f"Bearer {token}").status_code == 401


def test_another_resource_server_learns_nothing(ada: AuthHarness) -> None:
    """AS-59, AS-61, RFC 7662 §4: a token for this resource is inactive to any other."""
    token = ada.tokens(ada.register())["access_token"]
    with ada.database() as session:
        for row in session.exec(select(ResourceServer)):
            row.resource = "https://other.example.com/mcp"
            session.add(row)
    assert ada.introspect(token) == {"active": False}


def test_no_other_credential_passes_as_an_access_token(settled: AuthHarness) -> None:
    """AS-95: the prefix selects the parser."""
    client = settled.register(token_endpoint_auth_method="client_secret_post")
    code = settled.approve(client)["code"]
    tokens = settled.redeem(client, code).json()
    credential = settled.resource_credential["Authorization"].removeprefix("Bearer ")
    others = [
        code,
        tokens["refresh_token"],
        client.information["client_secret"],
        client.information["registration_access_token"],
        credential,
        "\x00",
        "ok_" + "a" * 43,
    ]
    for other in others:
        assert settled.introspect(other) == {"active": False}


def test_a_request_without_a_token_is_malformed(settled: AuthHarness) -> None:
    """RFC 7662 §2.1."""
    answer = settled.http.post("/introspect", data={}, headers=settled.resource_credential)
    assert error_of(answer) == (400, "invalid_request")


def test_the_credential_is_made_at_the_first_start(auth: AuthHarness) -> None:
    """AS-94: no default; a file for its owner alone, and a digest in the database."""
    file = auth.settings.effective_credential_file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text().strip()
    assert secret.startswith("rs_")
    assert len(secret) >= 46
    with auth.database() as session:
        assert secret not in repr(session.exec(select(ResourceServer.digest)).all())


def test_the_credential_survives_a_restart(auth: AuthHarness) -> None:
    """AS-94: the same file, the same row."""
    before = auth.resource_credential
    open_services(auth.settings).engine.dispose()
    assert auth.resource_credential == before
    assert asking(auth, "x", **before).json() == {"active": False}
    with auth.database() as session:
        assert len(session.exec(select(ResourceServer)).all()) == 1


def test_a_mounted_credential_is_taken(auth: AuthHarness) -> None:
    """AS-94: one that a deployment hands to both servers."""
    auth.settings.effective_credential_file.write_text("rs_" + "m" * 43)
    open_services(auth.settings).engine.dispose()
    assert asking(auth, "x", **auth.resource_credential).status_code == 200


def test_a_guessable_credential_stops_the_start(auth: AuthHarness) -> None:
    """AS-94."""
    auth.settings.effective_credential_file.write_text("rs_secret")
    with pytest.raises(WeakCredentialError, match="resource-server"):
        open_services(auth.settings)


def test_the_credential_can_be_rotated(auth: AuthHarness) -> None:
    """AS-94: the old one works for an hour, until every process has read the new one."""
    old = auth.resource_credential
    with auth.database() as session:
        rotate_credential(session, auth.settings)
    new = auth.resource_credential
    assert new != old
    with later(minutes=59):
        assert {asking(auth, "x", **credential).status_code for credential in (old, new)} == {200}
    with later(minutes=61):
        assert [asking(auth, "x", **credential).status_code for credential in (old, new)] == [401, 200]


def test_the_credential_is_good_for_nothing_else(settled: AuthHarness) -> None:
    """AS-94: introspection and the change feed alone."""
    credential = settled.resource_credential
    assert settled.http.get(f"/register/{settled.register().id}", headers=credential).status_code == 401
    assert settled.http.post("/token", data={"grant_type": "refresh_token"}, headers=credential).status_code == 400
    assert settled.new_browser().get("/account/apps", headers=credential).status_code == 303
