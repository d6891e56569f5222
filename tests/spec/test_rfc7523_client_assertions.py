"""RFC 7523 §3 as tightened by OAuth 2.1 §2.4: clients that sign, and what their signatures do not prove (AS-87)."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey
from sqlmodel import col, func, select

from auth_server.models import SpentAssertion
from auth_server.oauth.client_assertion import ASSERTION_TYPE
from shared.clock import epoch, now
from tests.auth_harness import AuthHarness, RegisteredClient, error_of, later
from tests.document_clients import CHATGPT, publish, reading_server
from tests.document_host import DocumentHost
from tests.signing_client import ISSUER, Signer, SigningClient, signed, unsigned

REFUSED = (401, "invalid_client")
_numbers = count()


@pytest.fixture(scope="module")
def web() -> Iterator[DocumentHost]:
    """One web for the module."""
    host = DocumentHost()
    yield host
    host.stop()


@pytest.fixture(scope="module")
def auth(web: DocumentHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthHarness]:
    """One server for the module, with Ada signed in."""
    with reading_server(tmp_path_factory.mktemp("assertions"), web) as harness:
        yield harness


@pytest.fixture(scope="module")
def app(auth: AuthHarness, web: DocumentHost) -> SigningClient:
    """A connected client; a refused assertion costs it nothing."""
    return new_client(web).connect(auth)


def new_client(web: DocumentHost, algorithm: str = "ES256", *, inline: bool = False) -> SigningClient:
    """A client of its own, published but not approved yet."""
    return SigningClient(web, f"https://app{next(_numbers)}.example/client", algorithm, inline=inline)


@pytest.mark.parametrize("inline", [True, False], ids=["jwks", "jwks_uri"])
@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
def test_a_client_that_signs_gets_refreshes_and_revokes_tokens(
    auth: AuthHarness, web: DocumentHost, algorithm: str, inline: bool
) -> None:
    """AS-87, AS-76 (RFC 7523 §2.2): with its keys in the document, or at the jwks_uri that it names."""
    client = new_client(web, algorithm, inline=inline).connect(auth)
    tokens = client.refresh(auth).json()
    assert auth.introspect(tokens["access_token"])["active"]
    revoked = auth.http.post("/revoke", data={"token": tokens["access_token"], **client.credential})
    assert revoked.status_code == 200
    assert not auth.introspect(tokens["access_token"])["active"]
    assert web.count(client.jwks_uri) == (0 if inline else 1)


def test_chatgpt_connects_as_it_publishes_itself(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87, AS-76: its document names RS256 and a jwks_uri, and it does not negotiate down to `none`."""
    chatgpt, signer = publish(web, CHATGPT), Signer(CHATGPT, "RS256", "cimd-20260428030119")
    web.serve("https://chatgpt.com/oauth/jwks.json", {"keys": [signer.public_jwk | {"alg": "RS256", "use": "sig"}]})
    code = auth.approve(chatgpt)["code"]
    signing = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signer.assertion()}
    tokens = auth.redeem(chatgpt, code, **signing)
    assert tokens.status_code == 200
    signing["client_assertion"] = signer.assertion()
    assert auth.refresh(chatgpt, tokens.json()["refresh_token"], **signing).status_code == 200


def test_the_metadata_offers_signing(auth: AuthHarness) -> None:
    """AS-82 (RFC 8414 §2): the method and its algorithms, at the token and at the revocation endpoint."""
    metadata = auth.http.get("/.well-known/oauth-authorization-server").json()
    for endpoint in ("token", "revocation"):
        assert "private_key_jwt" in metadata[f"{endpoint}_endpoint_auth_methods_supported"]
        algorithms = metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert set(algorithms) == {"ES256", "RS256", "PS256", "EdDSA"}


def test_a_client_with_keys_does_not_get_in_without(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87, AS-49 (OAuth 2.1 §2.4): and whoever tries spends nothing of it."""
    client = new_client(web)
    code = auth.approve(client)["code"]
    bare = {"client_assertion": None, "client_assertion_type": None}
    assert error_of(auth.redeem(client, code, **bare)) == REFUSED
    assert error_of(auth.redeem(client, code, **bare, client_secret="x")) == REFUSED
    answer = auth.redeem(client, code)
    assert answer.status_code == 200
    token = answer.json()["refresh_token"]
    assert error_of(auth.refresh(client, token, **bare)) == REFUSED
    assert error_of(auth.http.post("/revoke", data={"token": token, "client_id": client.id})) == REFUSED
    assert auth.refresh(client, token).status_code == 200


def test_the_subject_names_the_client_where_client_id_does_not(auth: AuthHarness, app: SigningClient) -> None:
    """RFC 7521 §4.2: client_id may be left out, but not name somebody else."""
    assert app.refresh(auth, client_id=None).status_code == 200
    assert error_of(app.refresh(auth, client_id="cli_somebody")) == REFUSED


def test_an_audience_in_a_list_of_one_is_one_audience(auth: AuthHarness, app: SigningClient) -> None:
    """AS-87 (RFC 7519 §4.1.3): the same statement in its longer form."""
    assert app.refresh(auth, app.signer.assertion(aud=[ISSUER])).status_code == 200


@pytest.mark.parametrize("audience", [f"{ISSUER}/token", [f"{ISSUER}/token"]])
def test_the_token_endpoint_is_an_audience_too(auth: AuthHarness, app: SigningClient, audience: object) -> None:
    """AS-87 (RFC 7523 §3), a recorded deviation from OAuth 2.1 §2.4: ChatGPT signs for nothing else."""
    assert app.refresh(auth, app.signer.assertion(aud=audience)).status_code == 200


CLAIMS: dict[str, dict[str, Any]] = {
    "aud is another endpoint": {"aud": f"{ISSUER}/revoke"},
    "aud is the token endpoint with a slash": {"aud": f"{ISSUER}/token/"},
    "aud names us in both ways": {"aud": [ISSUER, f"{ISSUER}/token"]},
    "aud has a slash more": {"aud": f"{ISSUER}/"},
    "aud is the resource": {"aud": "http://localhost:8000/mcp"},
    "aud is another server": {"aud": "https://auth.example"},
    "aud names us and another": {"aud": [ISSUER, "https://auth.example"]},
    "aud names us twice": {"aud": [ISSUER, ISSUER]},
    "aud is empty": {"aud": []},
    "aud is an object": {"aud": {"url": ISSUER}},
    "no aud": {"aud": None},
    "iss is another": {"iss": "https://other.example/client"},
    "no iss": {"iss": None},
    "sub is another": {"sub": "https://other.example/client"},
    "sub is a list": {"sub": ["https://other.example/client"]},
    "no sub": {"sub": None},
    "no exp": {"exp": None},
    "exp is text": {"exp": "soon"},
    "exp is true": {"exp": True},
    "exp is negative": {"exp": -1},
    "exp is no number": {"exp": float("nan")},
    "exp is infinite": {"exp": float("inf")},
    "exp is huge": {"exp": 10**400},
    "no jti": {"jti": None},
    "jti is empty": {"jti": ""},
    "jti is a number": {"jti": 7},
    "jti is long": {"jti": "x" * 257},
    "iat is text": {"iat": "now"},
    "nbf is a list": {"nbf": [0]},
}


@pytest.mark.parametrize("defect", CLAIMS)
def test_an_assertion_with_a_defect_in_its_claims_is_refused(
    auth: AuthHarness, app: SigningClient, defect: str
) -> None:
    """AS-87 (RFC 7523 §3): whatever else is right about it."""
    assert error_of(app.refresh(auth, app.signer.assertion(**CLAIMS[defect]))) == REFUSED


@pytest.mark.parametrize(
    ("claim", "seconds", "is_good"),
    [
        ("exp", -120, False),
        ("exp", 0, True),
        ("exp", 300, True),
        ("exp", 420, False),
        ("exp", 86400, False),
        ("iat", -1200, False),
        ("iat", -300, True),
        ("iat", 30, True),
        ("iat", 120, False),
        ("nbf", -10, True),
        ("nbf", 30, True),
        ("nbf", 120, False),
    ],
)
def test_an_assertion_is_good_for_minutes(
    auth: AuthHarness, app: SigningClient, claim: str, seconds: int, is_good: bool
) -> None:
    """AS-87 (RFC 7523 §3): five minutes ahead at most, with a minute for clocks that differ."""
    answer = app.refresh(auth, app.signer.assertion(**{claim: epoch(now()) + seconds}))
    assert answer.status_code == (200 if is_good else 401)


def test_an_assertion_may_leave_out_when_it_was_made(auth: AuthHarness, app: SigningClient) -> None:
    """RFC 7523 §3: iat and nbf are optional."""
    assert app.refresh(auth, app.signer.assertion(iat=None)).status_code == 200


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "oauth-authz-req+jwt", 7])
def test_another_kind_of_token_is_no_assertion(auth: AuthHarness, app: SigningClient, typ: object) -> None:
    """AS-87 (RFC 8725 §3.11)."""
    assert error_of(app.refresh(auth, app.signer.assertion(header={"typ": typ}))) == REFUSED


@pytest.mark.parametrize("typ", [None, "JWT", "client-authentication+jwt"])
def test_the_kinds_that_clients_name_are_taken(auth: AuthHarness, app: SigningClient, typ: str | None) -> None:
    """RFC 7523bis §3, RFC 7519 §5.1."""
    assert app.refresh(auth, app.signer.assertion(header={"typ": typ})).status_code == 200


def test_unknown_headers_are_ignored_unless_they_are_critical(auth: AuthHarness, app: SigningClient) -> None:
    """RFC 7515 §4.1.11."""
    assert app.refresh(auth, app.signer.assertion(header={"x-made-by": "a library"})).status_code == 200
    critical = {"crit": ["x-made-by"], "x-made-by": "a library"}
    assert error_of(app.refresh(auth, app.signer.assertion(header=critical))) == REFUSED


def test_the_key_is_the_published_one_and_never_the_senders(auth: AuthHarness, app: SigningClient) -> None:
    """AS-87 (RFC 8725 §3.5): a key in the header, or an address of keys, is nobody's."""
    forger = Signer(app.id)
    assert error_of(app.refresh(auth, forger.assertion())) == REFUSED
    assert error_of(app.refresh(auth, forger.assertion(header={"jwk": forger.public_jwk}))) == REFUSED
    before = len(app.host.received)
    assert error_of(app.refresh(auth, forger.assertion(header={"jku": "https://forger.example/jwks"}))) == REFUSED
    assert len(app.host.received) == before


def test_the_algorithm_is_the_keys_and_never_the_headers(auth: AuthHarness, app: SigningClient) -> None:
    """AS-87 (RFC 8725 §2.1, §3.1): no `none`, no shared secret made of a public key, no other kind of key."""
    claims = {"iss": app.id, "sub": app.id, "aud": ISSUER, "exp": epoch(now()) + 60, "jti": "a"}
    assert error_of(app.refresh(auth, unsigned(claims, kid=app.signer.kid))) == REFUSED
    public = app.signer.key.as_pem(private=False)
    for algorithm in ("HS256", "HS384", "HS512"):
        assert error_of(app.refresh(auth, signed({"alg": algorithm, "kid": "key-1"}, claims, public))) == REFUSED
    rsa = RSAKey.generate_key(2048)
    for algorithm in ("RS256", "PS256"):
        assert error_of(app.refresh(auth, signed({"alg": algorithm, "kid": "key-1"}, claims, rsa))) == REFUSED


def test_a_key_that_names_its_algorithm_is_good_for_no_other(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87 (RFC 7517 §4.4)."""
    client = new_client(web, "RS256")
    client.publish_keys(client.signer.public_jwk | {"alg": "RS256"})
    client.connect(auth)
    assert error_of(client.refresh(auth, client.signer.assertion(header={"alg": "PS256"}))) == REFUSED
    assert client.refresh(auth).status_code == 200


def test_an_assertion_is_good_once(auth: AuthHarness, web: DocumentHost, app: SigningClient) -> None:
    """AS-87 (RFC 7523 §3): wherever it is presented again; another client may use the same jti."""
    assertion = app.signer.assertion(jti="once")
    assert app.refresh(auth, assertion).status_code == 200
    assert error_of(app.refresh(auth, assertion)) == REFUSED
    assert error_of(auth.http.post("/revoke", data={"token": "x", **app.with_assertion(assertion)})) == REFUSED
    assert error_of(app.refresh(auth, app.signer.assertion(jti="once"))) == REFUSED
    other = new_client(web).connect(auth)
    assert other.refresh(auth, other.signer.assertion(jti="once")).status_code == 200


def test_a_refused_assertion_does_not_spend_another_ones_jti(auth: AuthHarness, app: SigningClient) -> None:
    """AS-87, AS-44: a forger cannot lock the client out by guessing."""
    assert error_of(app.refresh(auth, Signer(app.id).assertion(jti="guessed"))) == REFUSED
    assert error_of(app.refresh(auth, app.signer.assertion(jti="guessed", aud="https://elsewhere.example"))) == REFUSED
    assert app.refresh(auth, app.signer.assertion(jti="guessed")).status_code == 200


def test_spent_assertions_are_forgotten_when_they_have_expired(auth: AuthHarness, app: SigningClient) -> None:
    """AS-87: the table does not grow for ever, and nothing forgotten is good again."""
    assertion = app.signer.assertion()
    assert app.refresh(auth, assertion).status_code == 200
    with later(minutes=10):
        assert app.refresh(auth).status_code == 200
        with auth.database() as session:
            expired = col(SpentAssertion.expires_at) <= now() - timedelta(minutes=1)
            assert session.exec(select(func.count()).select_from(SpentAssertion).where(expired)).one() == 0
        assert error_of(app.refresh(auth, assertion)) == REFUSED


def test_a_spent_assertion_is_remembered_to_the_last_fraction_of_its_life(
    auth: AuthHarness, app: SigningClient
) -> None:
    """AS-87 (RFC 7519 §2): exp may have a fraction; whenever the assertion would still be in time, it is spent."""
    whole = epoch(now())
    assertion = app.signer.assertion(exp=whole + 60.05)
    assert app.refresh(auth, assertion).status_code == 200
    end = datetime.fromtimestamp(whole, UTC) + timedelta(minutes=2)
    for seconds in (-0.5, 0, 0.01, 0.5, 0.99, 1, 2):
        with time_machine.travel(end + timedelta(seconds=seconds), tick=False):
            assert error_of(app.refresh(auth, assertion)) == REFUSED
            assert app.refresh(auth).status_code == 200  # forgets what has expired


def test_a_client_of_another_kind_proves_nothing_by_signing(auth: AuthHarness) -> None:
    """AS-49, AS-87: a registered client has no published keys, whatever it sends."""
    for method in ("none", "client_secret_post"):
        client = auth.register(token_endpoint_auth_method=method)
        signer = Signer(client.id)
        form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signer.assertion()}
        answer = auth.http.post("/token", data={"grant_type": "refresh_token", "refresh_token": "x", **form})
        assert error_of(answer) == REFUSED


def test_an_assertion_and_a_secret_are_two_methods(auth: AuthHarness, app: SigningClient) -> None:
    """AS-49 (OAuth 2.1 §2.4)."""
    assert error_of(app.refresh(auth, client_secret="x")) == (400, "invalid_request")
    form = {"grant_type": "refresh_token", "refresh_token": app.refresh_token, **app.credential}
    answer = auth.http.post("/token", data=form, headers={"Authorization": "Basic eDp5"})
    assert error_of(answer) == (400, "invalid_request")


@pytest.mark.parametrize("kind", [None, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "x"])
def test_another_kind_of_assertion_is_refused(auth: AuthHarness, app: SigningClient, kind: str | None) -> None:
    """RFC 7521 §4.2, RFC 7523 §2.2."""
    assert error_of(app.refresh(auth, client_assertion_type=kind)) == REFUSED


def test_a_client_cannot_sign_for_another_ones_grant(auth: AuthHarness, web: DocumentHost, app: SigningClient) -> None:
    """AS-41, AS-87: the keys are those of the client that signs, the grant is not its own."""
    thief = new_client(web, inline=True).connect(auth)
    answer = auth.refresh(thief, app.refresh_token)
    assert error_of(answer) == (400, "invalid_grant")
    forged = thief.signer.assertion(iss=app.id, sub=app.id)
    assert error_of(app.refresh(auth, forged)) == REFUSED


def test_who_was_approved_without_keys_may_sign_by_now(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87, CIMD §6.3: its document asks for signatures by now. A good one serves, a bad one not, none still does."""
    client = new_client(web)
    client.publish(token_endpoint_auth_method=None, jwks_uri=None)
    public = RegisteredClient({"client_id": client.id, "redirect_uris": client.information["redirect_uris"]})
    client.refresh_token = auth.tokens(public)["refresh_token"]
    client.publish()
    with later(minutes=6):
        assert auth.authorize(public).status_code == 200  # reads the document anew
        assert client.refresh(auth).status_code == 200
        stranger = Signer(client.id, kid=client.signer.kid)
        assert error_of(client.refresh(auth, stranger.assertion())) == REFUSED
        assert auth.refresh(public, client.refresh_token).status_code == 200


EC = ECKey.generate_key("P-256").as_dict(private=False)
UNUSABLE: dict[str, Any] = {
    "a private key": ECKey.generate_key("P-256").as_dict(private=True),
    "a shared secret": {"kty": "oct", "k": "c2VjcmV0"},
    "a key for encryption": EC | {"use": "enc"},
    "a key for other operations": EC | {"key_ops": ["deriveKey"]},
    "operations that are no list": EC | {"key_ops": "verify"},
    "another algorithm": EC | {"alg": "ES384"},
    "a shared secret's algorithm": EC | {"alg": "HS256"},
    "another curve": ECKey.generate_key("P-384").as_dict(private=False),
    "a point beside the curve": EC | {"y": EC["x"]},
    "half a point": {"kty": "EC", "crv": "P-256", "x": EC["x"]},
    "a short RSA key": {"kty": "RSA", "n": "x" * 171, "e": "AQAB"},
    "a giant RSA key": {"kty": "RSA", "n": "x" * 20000, "e": "AQAB"},
    "a giant RSA exponent": {"kty": "RSA", "n": "x" * 342, "e": "x" * 342},
    "a number": 7,
    "nothing": {},
    "an unknown kind": {"kty": "AKP", "pub": "x"},
    "numbers as members": {"kty": "EC", "crv": "P-256", "x": 1, "y": [2]},
}


@pytest.fixture(scope="module")
def changing(auth: AuthHarness, web: DocumentHost) -> SigningClient:
    """A connected client whose published keys change from test to test."""
    return new_client(web).connect(auth)


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_key_is_passed_over(auth: AuthHarness, changing: SigningClient, kind: str) -> None:
    """AS-87 (RFC 7517 §5): the good one beside it still serves, and nothing is a server error."""
    unusable = UNUSABLE[kind]
    named = unusable | {"kid": "bad"} if isinstance(unusable, dict) else unusable
    changing.publish_keys(named, changing.signer.public_jwk)
    with later(hours=2 + list(UNUSABLE).index(kind) * 2):
        assert error_of(changing.refresh(auth, changing.signer.assertion(header={"kid": "bad"}))) == REFUSED
        assert changing.refresh(auth).status_code == 200


def test_a_key_that_everybody_has_proves_nothing(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87: a client that publishes its private key is whoever read it."""
    client = new_client(web)
    client.publish_keys(client.signer.key.as_dict(private=True, kid=client.signer.kid))
    assert error_of(auth.redeem(client, auth.approve(client)["code"])) == REFUSED


def test_a_short_rsa_key_proves_nothing(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87 (RFC 7518 §3.3): 2048 bits at least."""
    client = new_client(web, "RS256")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        client.signer.key = RSAKey.generate_key(1024)
        client.publish_keys(client.signer.public_jwk)
        assert error_of(auth.redeem(client, auth.approve(client)["code"])) == REFUSED


@pytest.mark.parametrize("purpose", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "ES384"}, {"alg": "RS256"}])
def test_a_key_for_another_purpose_proves_nothing(
    auth: AuthHarness, web: DocumentHost, purpose: dict[str, Any]
) -> None:
    """AS-87 (RFC 7517 §4.2, §4.3, §4.4): whoever signed with it."""
    client = new_client(web)
    client.publish_keys(client.signer.public_jwk | purpose)
    assert error_of(auth.redeem(client, auth.approve(client)["code"])) == REFUSED


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=90).map(lambda raw: raw.hex() + "." + raw.hex() + ".x"))
def test_whatever_is_sent_as_an_assertion_has_an_answer(auth: AuthHarness, app: SigningClient, text: str) -> None:
    """AS-16, AS-87: 401, or 400 where it counts as left out; never a server error."""
    assert app.refresh(auth, text).status_code in (400, 401)


@pytest.mark.parametrize("payload", [b"[]", b"null", b'"x"', b"{", b"\xff", b"[" * 5000], ids=repr)
def test_a_signed_payload_that_is_no_object_is_refused(auth: AuthHarness, app: SigningClient, payload: bytes) -> None:
    """AS-16, AS-87 (RFC 7519 §7.2)."""
    header = {"alg": "ES256", "kid": app.signer.kid}
    assert error_of(app.refresh(auth, signed(header, payload, app.signer.key))) == REFUSED
