"""RFC 7591 §3: who may register: everybody, holders of an initial access token, or nobody."""

from datetime import timedelta

import pytest
from sqlmodel import select

from auth_server.audit_log.audit import AuditKind
from auth_server.models import AuditEvent, InitialAccessToken
from auth_server.trust.initial_access_tokens import issue_initial_access_token
from auth_server.trust.rules import RegistrationMode, allow_documents, set_registration_mode
from tests.auth_harness import CALLBACK, AuthHarness, error_of, later
from tests.spec.registration_steps import registering

METADATA = "/.well-known/oauth-authorization-server"
DOCUMENT = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}


def turn(auth: AuthHarness, mode: RegistrationMode) -> None:
    """An administrator decides, while the server runs."""
    with auth.database() as session:
        set_registration_mode(session, mode)


def token_of(auth: AuthHarness, **lifetime: float) -> str:
    """A token that an administrator gives out."""
    with auth.database() as session:
        return issue_initial_access_token(session, timedelta(**lifetime))


def registering_with(auth: AuthHarness, authorization: str) -> object:
    """The answer to a registration that shows a credential."""
    return auth.http.post("/register", json=DOCUMENT, headers={"Authorization": authorization})


def test_a_server_that_registers_nobody_does_not_say_it_does(auth: AuthHarness) -> None:
    """AS-80, RFC 8414 §2: `registration_endpoint` goes away and comes back, without a restart."""
    seen = []
    for mode in RegistrationMode:
        turn(auth, mode)
        seen.append("registration_endpoint" in auth.http.get(METADATA).json())
    assert dict(zip(RegistrationMode, seen, strict=True)) == {
        RegistrationMode.OPEN: True,
        RegistrationMode.TOKEN: True,
        RegistrationMode.OFF: False,
    }


def test_where_nobody_registers_the_refusal_says_what_to_do(auth: AuthHarness) -> None:
    """AS-80, RFC 6750 §3.1: 403 and no challenge, for no credential would help, not even a good token."""
    turn(auth, RegistrationMode.OFF)
    for answer in (registering(auth), registering_with(auth, f"Bearer {token_of(auth, days=1)}")):
        assert error_of(answer) == (403, "access_denied")
        assert "www-authenticate" not in answer.headers
        assert "administrator" in answer.json()["error_description"]
        assert "metadata document" in answer.json()["error_description"]


def test_a_way_that_is_closed_too_is_not_recommended(auth: AuthHarness) -> None:
    """AS-80."""
    turn(auth, RegistrationMode.OFF)
    with auth.database() as session:
        allow_documents(session, is_allowed=False)
    assert "document" not in registering(auth).json()["error_description"]


def test_a_registration_without_the_token_is_challenged(auth: AuthHarness) -> None:
    """AS-80, RFC 7591 §3, RFC 6750 §3.1: the challenge names no error to whoever sent no token."""
    turn(auth, RegistrationMode.TOKEN)
    answer = registering(auth)
    assert error_of(answer) == (401, "invalid_token")
    assert answer.headers["www-authenticate"] == 'Bearer realm="client registration"'


@pytest.mark.parametrize(
    "authorization", ["Bearer iat_unknown", "Bearer rat_x", "bearer \xe9", "Bearer x y", "Bearer " + "a" * 5000]
)
def test_a_bad_token_is_named_invalid(auth: AuthHarness, authorization: str) -> None:
    """AS-80, RFC 6750 §3.1."""
    turn(auth, RegistrationMode.TOKEN)
    answer = registering_with(auth, authorization.encode("latin-1"))
    assert error_of(answer) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_the_token_registers_clients_until_it_expires(auth: AuthHarness) -> None:
    """AS-80, RFC 7591 §3: more than one, since apps register anew; `Bearer` in any case."""
    turn(auth, RegistrationMode.TOKEN)
    token = token_of(auth, days=3)
    assert registering_with(auth, f"Bearer {token}").status_code == 201
    assert registering_with(auth, f"bearer {token}").status_code == 201
    with later(days=3, seconds=1):
        assert error_of(registering_with(auth, f"Bearer {token}")) == (401, "invalid_token")


def test_other_credentials_are_no_initial_access_tokens(auth: AuthHarness) -> None:
    """AS-95, RFC 7591 §3: neither a client's registration access token nor the resource server's credential."""
    client = auth.register()
    turn(auth, RegistrationMode.TOKEN)
    wrong = [f"Bearer {client.information['registration_access_token']}", *auth.resource_credential.values()]
    for authorization in wrong:
        assert error_of(registering_with(auth, authorization)) == (401, "invalid_token")


def test_where_registration_is_open_a_token_is_not_looked_at(auth: AuthHarness) -> None:
    """RFC 7591 §3: a client that still sends an old one is served."""
    assert registering_with(auth, "Bearer iat_old").status_code == 201


def test_the_token_is_stored_as_a_digest(auth: AuthHarness) -> None:
    """AS-39: and expired ones are forgotten."""
    token = token_of(auth, days=1)
    with later(days=2):
        newer = token_of(auth, days=1)
        with auth.database() as session:
            [kept] = session.exec(select(InitialAccessToken)).all()
    assert token not in repr(kept.model_dump())
    assert newer not in repr(kept.model_dump())


@pytest.mark.parametrize("mode", [RegistrationMode.TOKEN, RegistrationMode.OFF])
def test_clients_that_registered_before_go_on(ada: AuthHarness, mode: RegistrationMode) -> None:
    """AS-80, RFC 7592: they connect, refresh, and may change or end their registration."""
    client = ada.register()
    tokens = ada.tokens(client)
    turn(ada, mode)
    assert ada.refresh(client, tokens["refresh_token"]).status_code == 200
    assert ada.tokens(client)
    header = {"Authorization": f"Bearer {client.information['registration_access_token']}"}
    assert ada.http.get(client.information["registration_client_uri"], headers=header).status_code == 200
    assert ada.http.delete(client.information["registration_client_uri"], headers=header).status_code == 204


def test_every_turn_of_a_switch_is_audited(auth: AuthHarness) -> None:
    """AS-80: what was turned, and to what."""
    turn(auth, RegistrationMode.OFF)
    with auth.database() as session:
        allow_documents(session, is_allowed=False)
        turned = session.exec(select(AuditEvent).where(AuditEvent.kind == AuditKind.TRUST_RULE_CHANGED)).all()
    assert [event.facts for event in turned] == [
        {"rule": "registration", "value": "off"},
        {"rule": "documents", "value": "off"},
    ]
