"""RFC 6749 §4.4: services get tokens in their own name, within what an administrator entered for them."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import col, select

from auth_server.models import AuditEvent, Client, Grant, GrantChange
from auth_server.oauth.own_grants import MOST
from auth_server.trust.client_verdicts import block_client
from shared.authorization_details import details_as_json, parse_details
from tests.auth_harness import AuthHarness, RegisteredClient, error_of, later
from tests.document_host import DocumentHost
from tests.service_clients import entered_service
from tests.signing_client import ASSERTION_TYPE, Signer

BOTH = "memory:read memory:write"
PERSONAL = [{"type": "memory", "actions": ["read", "write"], "namespaces": ["personal"]}]


def service(auth: AuthHarness, **rights: Any) -> RegisteredClient:
    """A service of this server."""
    with auth.database() as session:
        return entered_service(session, **rights)


def ask(auth: AuthHarness, client: RegisteredClient, /, **changes: Any) -> Any:
    """The token endpoint's answer to the service."""
    form = {"grant_type": "client_credentials", **client.credential} | changes
    return auth.http.post("/token", data={name: value for name, value in form.items() if value is not None})


def grants_of(auth: AuthHarness, client: RegisteredClient) -> list[Grant]:
    """Everything that was ever made for the service."""
    with auth.database() as session:
        return list(session.exec(select(Grant).where(Grant.client_id == client.id)))


def test_a_service_gets_a_token_in_its_own_name(settled: AuthHarness) -> None:
    """AS-58, RFC 6749 §4.4.3, RFC 9068 §3: `sub` is the client, and there is no refresh token."""
    client = service(settled)
    body = ask(settled, client).json()
    claims = settled.introspect(body["access_token"])
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (client.id, client.id, BOTH)
    assert claims["authorization_details"] == body["authorization_details"] == PERSONAL
    assert "refresh_token" not in body
    assert (body["token_type"], body["scope"]) == ("Bearer", BOTH)


def test_the_secret_may_come_in_the_header(settled: AuthHarness) -> None:
    """RFC 6749 §2.3.1."""
    client = service(settled, method="client_secret_basic")
    credential = (client.id, client.information["client_secret"])
    answer = settled.http.post("/token", data={"grant_type": "client_credentials"}, auth=credential)
    assert answer.status_code == 200


def test_a_service_that_signs_is_known_by_its_registered_key(settled: AuthHarness) -> None:
    """AS-69, AS-87, RFC 7523 §2.2: and each assertion is good once."""
    signer, client = signing_service(settled)
    assertion = signer.assertion()
    signed = {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE, "client_id": client.id}
    assert ask(settled, client, **signed).status_code == 200
    assert error_of(ask(settled, client, **signed)) == (401, "invalid_client")


@pytest.mark.parametrize(
    "changes", [{"aud": "https://elsewhere.example"}, {"sub": "cli_other"}, {"exp": 4_000_000_000}, {"jti": None}]
)
def test_a_services_assertion_is_checked_in_full(settled: AuthHarness, changes: dict[str, Any]) -> None:
    """AS-87, RFC 7523 §3: issuer, subject, audience, a short life and a jti."""
    signer, client = signing_service(settled)
    signed = {"client_assertion": signer.assertion(**changes), "client_assertion_type": ASSERTION_TYPE}
    assert error_of(ask(settled, client, **signed)) == (401, "invalid_client")


def test_the_keys_of_a_service_may_lie_at_an_address(reader: AuthHarness, web: DocumentHost) -> None:
    """AS-69, RFC 7591 §2: entered beforehand, and read when the service asks."""
    signer = Signer("", kid="one")
    web.serve("https://nightly.example/jwks", {"keys": [signer.public_jwk]}, content_type="application/jwk-set+json")
    client = service(reader, method="private_key_jwt", jwks_uri="https://nightly.example/jwks")
    signer.client_id = client.id
    signed = {"client_assertion": signer.assertion(), "client_assertion_type": ASSERTION_TYPE}
    assert ask(reader, client, **signed).status_code == 200


def test_a_wrong_secret_is_refused(settled: AuthHarness) -> None:
    """RFC 6749 §5.2."""
    client = service(settled)
    assert error_of(ask(settled, client, client_secret="cs_wrong")) == (401, "invalid_client")
    assert error_of(ask(settled, client, client_secret=None)) == (401, "invalid_client")


def test_a_client_that_registered_itself_is_no_service(settled: AuthHarness) -> None:
    """RFC 6749 §4.4: whoever may register could otherwise have memories here without anybody's word."""
    asked = ["authorization_code", "client_credentials"]
    for method in ("none", "client_secret_post"):
        client = settled.register(token_endpoint_auth_method=method, grant_types=asked)
        assert error_of(ask(settled, client)) == (400, "unauthorized_client")


def test_an_app_that_was_entered_for_people_is_no_service(settled: AuthHarness) -> None:
    """RFC 6749 §4.4, §5.2."""
    client = service(settled)
    with settled.database() as session:
        session.get_one(Client, client.id).grant_types = ["authorization_code"]
    assert error_of(ask(settled, client)) == (400, "unauthorized_client")


def test_a_service_has_no_way_over_a_person(settled: AuthHarness) -> None:
    """OAuth 2.1 §2.3: it takes no answers anywhere, so nobody is sent to it."""
    client = service(settled)
    client.information["redirect_uris"] = ["https://nightly.example/back"]
    assert settled.authorize(client).status_code == 400


@pytest.mark.parametrize(("asked", "given"), [(None, BOTH), ("memory:read", "memory:read"), (f"{BOTH} openid", BOTH)])
def test_the_scope_is_what_was_entered_or_a_part_of_it(settled: AuthHarness, asked: str | None, given: str) -> None:
    """RFC 6749 §3.3, §4.4.2."""
    assert ask(settled, service(settled), scope=asked).json()["scope"] == given


@pytest.mark.parametrize("asked", ["memory:write", "admin", "nothing", "openid offline_access"])
def test_a_scope_that_was_not_entered_is_refused(settled: AuthHarness, asked: str) -> None:
    """RFC 6749 §5.2."""
    assert error_of(ask(settled, service(settled, write=()), scope=asked)) == (400, "invalid_scope")


def test_details_narrow_what_was_entered(settled: AuthHarness) -> None:
    """RFC 9396 §6, §7: and the answer says what is left."""
    client = service(settled, read=("personal", "work"), write=("personal", "work"))
    asked = [{"type": "memory", "actions": ["read"], "namespaces": ["work", "secret"]}]
    left = [{"type": "memory", "actions": ["read"], "namespaces": ["work"]}]
    body = ask(settled, client, authorization_details=json.dumps(asked)).json()
    assert body["authorization_details"] == left
    assert settled.introspect(body["access_token"])["authorization_details"] == left
    everything = ask(settled, client).json()["access_token"]
    assert settled.introspect(everything)["authorization_details"][0]["namespaces"] == ["personal", "work"]


@pytest.mark.parametrize(
    "asked", ["[", '[{"type":"unknown"}]', '[{"type":"memory","actions":["read"],"namespaces":["x"]}]']
)
def test_details_beyond_what_was_entered_are_refused(settled: AuthHarness, asked: str) -> None:
    """RFC 9396 §5."""
    answer = ask(settled, service(settled), authorization_details=asked)
    assert error_of(answer) == (400, "invalid_authorization_details")


def test_a_service_uses_the_tools_that_were_entered_or_a_part_of_them(settled: AuthHarness) -> None:
    """RFC 9396 §6: a token for what was entered is of the grant that there is; two choices of one server are one."""
    client = service(settled, read=(), write=(), servers=("github=a,b", "files"))
    first, second = ask(settled, client).json(), ask(settled, client).json()
    assert first["scope"] == "gateway:call"
    assert (
        settled.introspect(first["access_token"])["grant_id"] == settled.introspect(second["access_token"])["grant_id"]
    )
    asked = [{"type": "server", "server": "github", "tools": ["b", "c"]}]
    narrowed = ask(settled, client, authorization_details=json.dumps(asked)).json()
    left = [{"type": "server", "server": "github", "tools": ["b"], "read_only": False}]
    assert narrowed["authorization_details"] == left
    beyond = ask(settled, client, authorization_details=json.dumps([asked[0] | {"server": "jira"}]))
    assert error_of(beyond) == (400, "invalid_authorization_details")


def test_a_service_cannot_fill_the_table_of_grants(settled: AuthHarness) -> None:
    """RFC 9396 §12: whoever may read everything could name a namespace of its own for each token."""
    client = service(settled, read=("*",), write=())
    named = [
        json.dumps([{"type": "memory", "actions": ["read"], "namespaces": [f"n{one}"]}]) for one in range(MOST + 1)
    ]
    for details in named[:-1]:
        assert ask(settled, client, authorization_details=details).status_code == 200
    assert error_of(ask(settled, client, authorization_details=named[-1])) == (400, "invalid_authorization_details")
    assert ask(settled, client, authorization_details=named[0]).status_code == 200
    assert len(grants_of(settled, client)) == MOST


def test_the_administration_api_is_a_resource_of_its_own(settled: AuthHarness) -> None:
    """RFC 8707 §2: a token for one opens nothing at the other."""
    client = service(settled, may_administer=True)
    assert ask(settled, client).json()["scope"] == BOTH
    for asked in ({"scope": "admin"}, {"resource": settled.settings.admin_resource}):
        body = ask(settled, client, **asked).json()
        assert body["scope"] == "admin"
        assert settled.introspect(body["access_token"]) == {"active": False}
    assert error_of(ask(settled, client, resource="https://elsewhere.example")) == (400, "invalid_target")
    only_memories = ask(settled, service(settled), resource=settled.settings.admin_resource)
    assert error_of(only_memories) == (400, "invalid_scope")


def test_one_grant_serves_many_tokens(settled: AuthHarness) -> None:
    """RFC 6749 §4.4: asking often leaves no trace but its time, and that once a minute."""
    client = service(settled)
    with later(minutes=5):
        for _ in range(3):
            assert ask(settled, client).status_code == 200
        [grant] = grants_of(settled, client)
        with settled.database() as session:
            events = list(session.exec(select(AuditEvent).where(AuditEvent.client_id == client.id)))
    assert grant.user_id is None
    assert grant.subject == client.id
    assert [event.kind for event in events] == ["client_created", "grant_created"]


def test_many_requests_at_once_make_one_grant(settled: AuthHarness) -> None:
    """RFC 6749 §4.4: whichever comes first."""
    client = service(settled)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(settled, client).status_code, range(8)))
    assert answers == [200] * 8
    assert len(grants_of(settled, client)) == 1


def test_an_old_grant_is_prolonged_and_an_ended_one_replaced(ada: AuthHarness) -> None:
    """A service that asks every day keeps its grant; what nobody uses is gone by itself."""
    client = service(ada)
    ask(ada, client)
    [first] = grants_of(ada, client)
    with later(hours=20):
        ask(ada, client)
        [prolonged] = grants_of(ada, client)
        assert (prolonged.id, prolonged.expires_at > first.expires_at) == (first.id, True)
    with later(days=3):
        ask(ada, client)
    assert len(grants_of(ada, client)) == 2


def test_what_is_taken_from_a_service_is_taken_from_its_grants(settled: AuthHarness) -> None:
    """RFC 9396 §9.2: with the next token, and the change feed says so."""
    client = service(settled, read=("personal", "work"), write=("personal", "work"))
    token = ask(settled, client).json()["access_token"]
    less = [{"type": "memory", "actions": ["read"], "namespaces": ["work"]}]
    with settled.database() as session:
        session.get_one(Client, client.id).details_json = details_as_json(parse_details(less))
    assert ask(settled, client).json()["authorization_details"] == less
    assert settled.introspect(token)["authorization_details"] == less
    [grant] = grants_of(settled, client)
    with settled.database() as session:
        told = session.exec(select(GrantChange).where(col(GrantChange.grant_id) == grant.id)).all()
    assert [change.state for change in told] == ["edited"]


def test_a_blocked_service_gets_nothing(settled: AuthHarness) -> None:
    """AS-50: and neither does its earlier token."""
    client = service(settled)
    token = ask(settled, client).json()["access_token"]
    with settled.database() as session:
        block_client(session, session.get_one(Client, client.id))
    assert error_of(ask(settled, client)) == (400, "invalid_grant")
    assert settled.introspect(token) == {"active": False}


def test_strange_input_is_a_clear_error(settled: AuthHarness) -> None:
    """OAuth 2.1 §3.2: never a 5xx."""
    client = service(settled)
    for changes in ({"scope": "\0"}, {"scope": "x" * 10_000}, {"client_id": "\ud800".encode(errors="replace")}):
        assert 400 <= ask(settled, client, **changes).status_code < 500


def signing_service(auth: AuthHarness) -> tuple[Signer, RegisteredClient]:
    """A service whose public key was entered, and what signs for it."""
    signer = Signer("", kid="one")
    client = service(auth, method="private_key_jwt", jwks={"keys": [signer.public_jwk]})
    signer.client_id = client.id
    return signer, client
