"""RFC 7523 §3 as tightened by OAuth 2.1 §2.4: what an assertion has to say, and that it is good once (AS-87)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import col, func, select

from auth_server.models import SpentAssertion
from shared.clock import epoch, now
from tests.auth_harness import AuthHarness, error_of, later
from tests.document_host import DocumentHost
from tests.signing_client import ISSUER, Signer, SigningClient
from tests.spec.assertion_clients import REFUSED, new_client
from tests.spec.assertion_clients import app as app
from tests.spec.assertion_clients import auth as auth

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
