"""A service that asks again with the same bytes is answered from memory, and never with what is no longer true."""

from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from auth_server.clients import delete_client
from auth_server.models import Client, Grant
from auth_server.oauth.entered_clients import EnteredClient
from auth_server.oauth.service_clients import ServiceDraft, enter_service_client
from auth_server.signing_keys import CACHE_SECONDS, rotate
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.clock import now
from shared.secrets import digest
from tests.auth_harness import AuthHarness, error_of, later

WORK = MemoryAccess(NamespaceSet.of("work"), NamespaceSet.of("work"))


@pytest.fixture
def service(auth: AuthHarness) -> EnteredClient:
    """A service with memories of its own, which has its first token."""
    with auth.database() as session:
        entered = enter_service_client(session, ServiceDraft("Nightly", WORK))
    assert ask(auth, entered).status_code == 200
    assert ask(auth, entered).status_code == 200
    return entered


def ask(auth: AuthHarness, service: EnteredClient) -> Any:
    """The same request, byte for byte."""
    form = {
        "grant_type": "client_credentials",
        "client_id": service.client.client_id,
        "client_secret": service.secret,
        "scope": "memory:read",
    }
    return auth.http.post("/token", data=form)


def test_each_answer_is_a_token_of_its_own(auth: AuthHarness, service: EnteredClient) -> None:
    """RFC 9068 §2.2: another jti, the same grant, and each of them is active."""
    tokens = [ask(auth, service).json()["access_token"] for _ in range(3)]
    told = [auth.introspect(token) for token in tokens]
    assert len({one["jti"] for one in told}) == 3
    assert len({one["grant_id"] for one in told}) == 1
    assert all(one["active"] for one in told)


def test_nothing_is_written_for_a_repeated_request(auth: AuthHarness, service: EnteredClient) -> None:
    """The grant and its row stay as they are, until its use is noted again a minute later."""
    before = noted(auth)
    ask(auth, service)
    assert noted(auth) == before
    with later(seconds=61):
        ask(auth, service)
        assert noted(auth) > before


def noted(auth: AuthHarness) -> Any:
    """When the service's grant was last used, as it is written down."""
    with auth.database() as session:
        return session.exec(select(Grant)).one().last_used_at


def test_a_deleted_service_gets_nothing(auth: AuthHarness, service: EnteredClient) -> None:
    """AS-50: by the next request, though it was answered a moment ago."""
    with auth.database() as session:
        delete_client(session, session.get_one(Client, service.client.client_id))
    assert error_of(ask(auth, service)) == (401, "invalid_client")


def test_a_blocked_service_gets_nothing(auth: AuthHarness, service: EnteredClient) -> None:
    """RFC 6749 §5.2."""
    with auth.database() as session:
        session.get_one(Client, service.client.client_id).blocked_at = now()
    assert ask(auth, service).status_code == 400


def test_another_secret_ends_the_first_at_once(auth: AuthHarness, service: EnteredClient) -> None:
    """AS-49: without an overlap there is none."""
    with auth.database() as session:
        session.get_one(Client, service.client.client_id).secret_digest = digest("another")
    assert error_of(ask(auth, service)) == (401, "invalid_client")


def test_a_replaced_secret_works_until_its_overlap_ends_and_not_a_second_longer(
    auth: AuthHarness, service: EnteredClient
) -> None:
    """AS-49: time alone ends it, so it is looked at with every request."""
    with auth.database() as session:
        client = session.get_one(Client, service.client.client_id)
        client.previous_secret_digest, client.secret_digest = client.secret_digest, digest("another")
        client.previous_secret_expires_at = now() + timedelta(seconds=30)
    assert ask(auth, service).status_code == 200
    assert ask(auth, service).status_code == 200
    with later(seconds=31):
        assert error_of(ask(auth, service)) == (401, "invalid_client")


def test_what_was_taken_from_a_service_is_not_in_its_next_token(auth: AuthHarness, service: EnteredClient) -> None:
    """RFC 6749 §3.3: the scope it asks for is gone."""
    with auth.database() as session:
        session.get_one(Client, service.client.client_id).scope = "memory:write"
    assert error_of(ask(auth, service)) == (400, "invalid_scope")


def test_the_next_signing_key_signs_the_next_token(auth: AuthHarness, service: EnteredClient) -> None:
    """AS-63: a rotation is a commit like any other."""
    with later(seconds=CACHE_SECONDS + 1):
        ask(auth, service)
        with auth.database() as session:
            kid = rotate(session, auth.services.signing_seal)
        assert kid in header_of(ask(auth, service).json()["access_token"])


def header_of(token: str) -> str:
    """A JWT's first part."""
    part = token.partition(".")[0]
    return urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def test_a_wrong_secret_is_never_remembered_as_a_right_one(auth: AuthHarness, service: EnteredClient) -> None:
    """AS-49: neither for it nor for the right one."""
    wrong = EnteredClient(service.client, f"{service.secret}x")
    assert [ask(auth, one).status_code for one in (wrong, service, wrong, service)] == [401, 200, 401, 200]
