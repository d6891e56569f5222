"""CIMD §6.3, §6.5 and RFC 7517: whose keys decide at the token endpoint, and when a jwks_uri is read (AS-78, AS-79)."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from auth_server.models import Client, ClientKeySet
from tests import bad_answers
from tests.auth_harness import AuthHarness, error_of, later
from tests.document_clients import reading_server
from tests.document_host import DocumentHost, Script, proper_answer
from tests.signing_client import Signer, SigningClient

REFUSED = (401, "invalid_client")
NOT_NOW = (503, "temporarily_unavailable")
_numbers = count()
OTHER_HOST = "https://keys.example/jwks.json"
PRIVATE_HOST = "https://private.example/jwks.json"
UNSIGNED: dict[str, Any] = {"client_assertion": None, "client_assertion_type": None}


@pytest.fixture(scope="module")
def server(web: DocumentHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthHarness]:
    """One server for the module, with Ada signed in."""
    with reading_server(tmp_path_factory.mktemp("keys"), web) as harness:
        yield harness


@pytest.fixture
def auth(server: AuthHarness) -> AuthHarness:
    """The server; limits of earlier tests, some of which lived in the future, are forgotten."""
    server.services.limiter.storage.reset()
    return server


@pytest.fixture
def client_id() -> str:
    """An app that no other test knows."""
    return f"https://app{next(_numbers)}.example/client"


@pytest.fixture
def app(web: DocumentHost, auth: AuthHarness, client_id: str) -> SigningClient:
    """A connected client whose keys are at its jwks_uri; they were read once."""
    return SigningClient(web, client_id).connect(auth)


def rotated(app: SigningClient, kid: str = "key-2") -> Signer:
    """The client's next key, which it signs with from now on; it is not published yet."""
    app.signer = Signer(app.id, kid=kid)
    return app.signer


def method_in_cache(auth: AuthHarness, app: SigningClient) -> str:
    """What the document said when it was last read."""
    with auth.database() as session:
        return session.get_one(Client, app.id).token_endpoint_auth_method


def take_down(web: DocumentHost, app: SigningClient) -> None:
    """Nobody answers at the jwks_uri."""
    web.answer(app.jwks_uri, proper_answer(b"", 503))


@pytest.mark.parametrize("inline", [True, False], ids=["jwks", "jwks_uri"])
def test_a_document_that_drops_its_keys_opens_no_older_grant(
    auth: AuthHarness, web: DocumentHost, client_id: str, inline: bool
) -> None:
    """AS-79, AS-27 (CIMD §6.3): whoever changed the document holds the host, perhaps not the key."""
    app = SigningClient(web, client_id, inline=inline).connect(auth)
    older = app.refresh_token
    app.publish(token_endpoint_auth_method="none", jwks=None, jwks_uri=None)
    with later(minutes=10):
        assert auth.authorize(app).status_code == 200
        assert method_in_cache(auth, app) == "none"
        assert error_of(auth.refresh(app, older, **UNSIGNED)) == REFUSED
        assert error_of(auth.http.post("/revoke", data={"token": older, "client_id": app.id})) == REFUSED
        assert app.refresh(auth).status_code == 200


def test_a_code_is_redeemed_by_what_was_approved(auth: AuthHarness, web: DocumentHost, client_id: str) -> None:
    """AS-79 (CIMD §6.3): also when the cache changes between the approval and the redemption."""
    app = SigningClient(web, client_id)
    code = auth.approve(app)["code"]
    with auth.database() as session:
        session.get_one(Client, app.id).token_endpoint_auth_method = "none"
    assert error_of(auth.redeem(app, code, **UNSIGNED)) == REFUSED
    assert auth.redeem(app, code).status_code == 200


def test_a_document_that_gains_keys_shuts_out_no_older_grant(
    auth: AuthHarness, web: DocumentHost, client_id: str
) -> None:
    """AS-79 (CIMD §6.3): the older grant goes on as it was approved, the next one needs the key."""
    app = SigningClient(web, client_id)
    app.publish(token_endpoint_auth_method="none", jwks_uri=None)
    code = auth.approve(app)["code"]
    older = auth.redeem(app, code, **UNSIGNED).json()["refresh_token"]
    app.publish()
    with later(minutes=10):
        code = auth.approve(app)["code"]
        assert method_in_cache(auth, app) == "private_key_jwt"
        assert error_of(auth.redeem(app, code, **UNSIGNED)) == REFUSED
        assert auth.redeem(app, code).status_code == 200
        assert auth.refresh(app, older, **UNSIGNED).status_code == 200


def test_a_key_of_todays_document_opens_no_older_grant(auth: AuthHarness, web: DocumentHost, client_id: str) -> None:
    """AS-79 (CIMD §6.3): keys that stand in the document are part of what was approved."""
    app = SigningClient(web, client_id, inline=True).connect(auth)
    approved = app.signer
    newcomer = rotated(app)
    app.publish(jwks={"keys": [newcomer.public_jwk]})
    with later(minutes=10):
        auth.authorize(app)
        assert error_of(app.refresh(auth)) == REFUSED
        assert app.refresh(auth, approved.assertion()).status_code == 200


def test_known_keys_are_not_read_again(auth: AuthHarness, web: DocumentHost, app: SigningClient) -> None:
    """AS-79: the token endpoint asks nobody as long as it knows the key."""
    for _ in range(3):
        assert app.refresh(auth).status_code == 200
    assert web.count(app.jwks_uri) == 1


def test_an_unknown_key_is_looked_up(auth: AuthHarness, web: DocumentHost, app: SigningClient) -> None:
    """AS-79: a client that changes its key goes on at once."""
    app.publish_keys(rotated(app).public_jwk)
    assert app.refresh(auth).status_code == 200
    assert web.count(app.jwks_uri) == 2


def test_a_key_that_was_taken_back_is_dead_within_the_hour(auth: AuthHarness, app: SigningClient) -> None:
    """AS-79: keys are read again after an hour, known or not."""
    stolen = app.signer
    app.publish_keys(rotated(app).public_jwk)
    with later(minutes=61):
        assert error_of(app.refresh(auth, stolen.assertion())) == REFUSED
        assert app.refresh(auth).status_code == 200


def test_known_keys_serve_for_a_day_while_their_host_is_down(
    auth: AuthHarness, web: DocumentHost, app: SigningClient
) -> None:
    """AS-79, AS-77: and then the answer is to come back later, never that the client is unknown (AS-49)."""
    take_down(web, app)
    with later(hours=23):
        assert app.refresh(auth).status_code == 200
    with later(hours=25):
        answer = app.refresh(auth)
        assert error_of(answer) == NOT_NOW
        assert "retry-after" in answer.headers
    with later(hours=26):
        app.publish_keys(app.signer.public_jwk)
        assert app.refresh(auth).status_code == 200


def test_keys_that_were_taken_off_the_web_are_dead_within_the_hour(
    auth: AuthHarness, web: DocumentHost, app: SigningClient
) -> None:
    """AS-79, AS-77: a host that says there is nothing is not down, and what it said before no longer counts."""
    web.answer(app.jwks_uri, proper_answer(b"", 404))
    assert app.refresh(auth).status_code == 200
    assert error_of(app.refresh(auth, app.signer.assertion(header={"kid": "unknown"}))) == REFUSED
    assert app.refresh(auth).status_code == 200
    with later(minutes=61):
        assert error_of(app.refresh(auth)) == REFUSED


def test_an_unknown_key_of_a_host_that_is_down_may_be_right(
    auth: AuthHarness, web: DocumentHost, app: SigningClient
) -> None:
    """AS-49: a dependency's failure is 503; invalid_client would make the client start anew."""
    newcomer = rotated(app)
    take_down(web, app)
    assert error_of(app.refresh(auth)) == NOT_NOW
    app.publish_keys(newcomer.public_jwk)
    assert app.refresh(auth).status_code == 200


def test_unknown_keys_are_looked_up_a_few_times_a_minute(
    auth: AuthHarness, web: DocumentHost, app: SigningClient
) -> None:
    """AS-79: who invents names of keys does not make us knock for ever."""
    with later(minutes=2):
        answers = {error_of(app.refresh(auth, app.signer.assertion(header={"kid": f"k{n}"}))) for n in range(20)}
        assert answers == {REFUSED, NOT_NOW}
        assert web.count(app.jwks_uri) <= 11
        assert app.refresh(auth).status_code == 200


def test_nothing_is_read_for_who_presents_no_grant_of_the_client(
    auth: AuthHarness, web: DocumentHost, client_id: str, app: SigningClient
) -> None:
    """AS-79: a stranger who knows a client's name cannot make us read its keys."""
    other = SigningClient(web, f"{client_id}/other").connect(auth)
    before = len(web.received)
    unknown = rotated(app).assertion()
    for form in ({"refresh_token": "rt_x"}, {"refresh_token": other.refresh_token}, {"code": "ac_x"}, {"token": "x"}):
        answer = auth.http.post("/token", data={"grant_type": "refresh_token", **form, **app.with_assertion(unknown)})
        assert error_of(answer) == REFUSED
    assert len(web.received) == before


REFUSING: dict[str, Script] = {
    "a redirect": bad_answers.redirect_to(OTHER_HOST),
    "no such page": proper_answer(b"", 404),
    "no JSON": proper_answer(b"<html>"),
    "no object": proper_answer(b"[]"),
    "no set": proper_answer(b'{"keys": {}}'),
    "deep JSON": proper_answer(b"[" * 60000),
    "too large": proper_answer(b" " * (64 * 1024 + 1)),
    "packed": proper_answer(b"{}", content_encoding="gzip"),
    "no text": proper_answer(b"\xff\xfe"),
}


@pytest.mark.parametrize("answer", REFUSING)
def test_keys_are_read_under_the_rules_of_documents(
    auth: AuthHarness, web: DocumentHost, client_id: str, answer: str
) -> None:
    """AS-78 (CIMD §6.5): the same fetcher with a limit of its own; what it refuses proves nothing."""
    app = SigningClient(web, client_id)
    web.serve(OTHER_HOST, {"keys": [app.signer.public_jwk]})
    web.answer(app.jwks_uri, REFUSING[answer])
    assert error_of(auth.redeem(app, auth.approve(app)["code"])) == REFUSED
    assert web.count(OTHER_HOST) == 0


def test_keys_inside_a_private_network_are_not_read(auth: AuthHarness, web: DocumentHost, client_id: str) -> None:
    """AS-78, AS-74 (CIMD §6.5): as if there were no such name, which may be true a minute later."""
    app = SigningClient(web, client_id)
    app.publish(jwks_uri=PRIVATE_HOST)
    code = auth.approve(app)["code"]
    web.names.addresses["private.example"] = [("10.0.0.1", 443)]
    inside = auth.redeem(app, code)
    web.names.addresses["private.example"] = []
    nowhere = auth.redeem(app, code)
    assert error_of(inside) == error_of(nowhere) == NOT_NOW
    assert inside.json() == nowhere.json()


def test_of_keys_that_are_read_only_what_is_looked_at_is_kept(
    auth: AuthHarness, web: DocumentHost, client_id: str
) -> None:
    """AS-87 (RFC 7517 §4, §5): a key that everybody could read is none, with or without the member that says so."""
    app = SigningClient(web, client_id)
    leaked = Signer(client_id, kid="leaked")
    app.publish_keys(app.signer.public_jwk | {"x5c": [[["deep"]]]}, leaked.public_jwk | {"d": "x"})
    app.connect(auth)
    assert error_of(app.refresh(auth, leaked.assertion())) == REFUSED
    with auth.database() as session:
        assert session.get_one(ClientKeySet, app.jwks_uri).jwks == {"keys": [app.signer.public_jwk]}


def test_keys_on_another_host_are_read(auth: AuthHarness, web: DocumentHost, client_id: str) -> None:
    """AS-78 (RFC 7591 §2): the document vouches for its jwks_uri, wherever that is."""
    app = SigningClient(web, client_id)
    app.publish(jwks_uri=OTHER_HOST)
    web.serve(OTHER_HOST, {"keys": [app.signer.public_jwk]})
    before = web.count(OTHER_HOST)
    app.connect(auth)
    assert app.refresh(auth).status_code == 200
    assert web.count(OTHER_HOST) == before + 1


def test_others_are_served_while_keys_are_read(auth: AuthHarness, web: DocumentHost, app: SigningClient) -> None:
    """AS-79: no transaction is open during the wait; on SQLite it would stop every writer."""
    is_asked, may_answer = threading.Event(), threading.Event()
    keys = proper_answer(b'{"keys": []}')

    async def answer_late(writer: asyncio.StreamWriter) -> None:
        is_asked.set()
        await asyncio.to_thread(may_answer.wait, 10)
        await keys(writer)

    web.answer(app.jwks_uri, answer_late)
    unknown = Signer(app.id, kid="unknown").assertion()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(app.refresh, auth, unknown)
        assert is_asked.wait(10)
        client = auth.register()
        tokens = auth.tokens(client)
        assert auth.refresh(client, tokens["refresh_token"]).status_code == 200
        assert not waiting.done()
        may_answer.set()
        assert error_of(waiting.result(10)) == REFUSED
