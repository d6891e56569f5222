"""RFC 7523 §3 and RFC 7517: which key proves a signature, and which proves nothing (AS-87)."""

import warnings
from typing import Any

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from shared.clock import epoch, now
from tests.auth_harness import AuthHarness, error_of, later
from tests.document_host import DocumentHost
from tests.signing_client import ISSUER, Signer, SigningClient, signed, unsigned
from tests.spec.assertion_clients import REFUSED, new_client
from tests.spec.assertion_clients import app as app
from tests.spec.assertion_clients import auth as auth


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
