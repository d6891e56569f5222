"""RFC 9068: JWT access tokens; RFC 7517, RFC 8414: the keys they are verified with."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from sqlmodel import select

from auth_server.models import SigningKey
from auth_server.settings import Settings
from auth_server.signing_keys import CACHE_SECONDS, RotationTooSoonError, active_key, rotate
from tests.auth_harness import AuthHarness, later

JWKS = "/.well-known/jwks.json"


def decoded(auth: AuthHarness, token: str) -> Any:
    return jwt.decode(token, KeySet.import_key_set(auth.http.get(JWKS).json()), algorithms=["ES256"])


def forged(auth: AuthHarness, token: str, header: dict[str, Any], **claims: Any) -> str:
    """The token's claims under another header, signed with our own key; a value of None removes a claim."""
    original = decoded(auth, token)
    with auth.database() as session:
        key = active_key(session, auth.services.signing_seal)
    changed = {name: value for name, value in (original.claims | claims).items() if value is not None}
    kept = {name: value for name, value in (original.header | header).items() if value is not None}
    return jwt.encode(kept, changed, key, algorithms=["ES256"])


def test_the_token_has_the_claims_of_the_profile(settled: AuthHarness) -> None:
    """AS-57, RFC 9068 §2.1, §2.2: typ, alg, kid, and every claim, for at most 15 minutes."""
    client = settled.register()
    tokens = settled.tokens(client, scope="memory:read")
    token = decoded(settled, tokens["access_token"])
    kids = [key["kid"] for key in settled.http.get(JWKS).json()["keys"]]
    assert (token.header["typ"], token.header["alg"]) == ("at+jwt", "ES256")
    assert token.header["kid"] in kids
    claims = token.claims
    assert (claims["iss"], claims["aud"]) == (settled.settings.issuer, settled.settings.mcp_url)
    assert (claims["client_id"], claims["scope"]) == (client.id, "memory:read")
    assert claims["exp"] - claims["iat"] == 600
    assert (claims["grant_id"][:4], claims["grant_rev"]) == ("grt_", 1)
    assert "authorization_details" not in claims


def test_every_token_has_its_own_identifier(settled: AuthHarness) -> None:
    """AS-57, RFC 9068 §2.2: jti."""
    client = settled.register()
    first, second = settled.tokens(client), settled.tokens(client)
    assert (
        decoded(settled, first["access_token"]).claims["jti"] != decoded(settled, second["access_token"]).claims["jti"]
    )


def test_people_and_clients_have_disjoint_names(settled: AuthHarness) -> None:
    """AS-58, RFC 9700 §4.15: no client can register the name of a person."""
    client = settled.register(client_id="usr_chosen")
    assert client.id.startswith("cli_")
    assert decoded(settled, settled.tokens(client)["access_token"]).claims["sub"].startswith("usr_")


def test_a_longer_lifetime_than_fifteen_minutes_cannot_be_configured() -> None:
    """AS-57."""
    assert any(getattr(limit, "le", None) == 900 for limit in Settings.model_fields["access_token_lifetime"].metadata)


def test_forged_tokens_are_not_active(settled: AuthHarness) -> None:
    """AS-60, RFC 9068 §4, RFC 8725: none, HS256, another key, kid, typ or issuer, a missing claim."""
    token = settled.tokens(settled.register())["access_token"]
    assert settled.introspect(forged(settled, token, {}))["active"] is True
    claims = decoded(settled, token).claims
    public = settled.http.get(JWKS).json()["keys"][0]
    other = ECKey.generate_key("P-256")
    header = {"typ": "at+jwt", "kid": public["kid"]}
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + token.split(".")[1] + "."
    forgeries = [
        unsigned,
        token[:-4] + "AAAA",
        jwt.encode({"alg": "HS256", **header}, claims, OctKey.import_key(public["x"]), algorithms=["HS256"]),
        jwt.encode({"alg": "ES256", **header}, claims, other, algorithms=["ES256"]),
        forged(settled, token, {"kid": "unknown"}),
        forged(settled, token, {"kid": None}),
        forged(settled, token, {"typ": "JWT"}),
        forged(settled, token, {"typ": None}),
        forged(settled, token, {}, iss="https://evil.example.com"),
        forged(settled, token, {}, exp=None),
        forged(settled, token, {}, exp="9999999999"),
        forged(settled, token, {}, grant_id=None),
        forged(settled, token, {}, grant_id="grt_unknown"),
    ]
    for forgery in forgeries:
        assert settled.introspect(forgery) == {"active": False}, forgery


def test_an_expired_token_is_not_active(settled: AuthHarness) -> None:
    """AS-57, RFC 9068 §4."""
    token = settled.tokens(settled.register())["access_token"]
    with later(seconds=601):
        assert settled.introspect(token) == {"active": False}


def test_only_public_members_are_published(auth: AuthHarness) -> None:
    """AS-63, RFC 7517 §9.2: and two keys from the first start, one of which signs later."""
    answer = auth.http.get(JWKS)
    keys = answer.json()["keys"]
    assert len(keys) == 2
    assert all(key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)
    assert answer.headers["cache-control"] == f"public, max-age={CACHE_SECONDS}"


def test_private_keys_are_sealed_at_rest(auth: AuthHarness) -> None:
    """AS-63: the database alone signs nothing."""
    with auth.database() as session:
        sealed = session.exec(select(SigningKey.sealed_private_key)).all()
        secret = active_key(session, auth.services.signing_seal).as_dict(private=True)["d"]
    assert all(b'"d"' not in key for key in sealed)
    assert all(secret.encode() not in file.read_bytes() for file in auth.settings.data_dir.glob("auth.db*"))


def test_the_next_key_is_published_before_it_signs(ada: AuthHarness) -> None:
    """AS-63, RFC 8414: whoever keeps the key set for its cache time can verify the first token of a new key."""
    known = {key["kid"] for key in ada.http.get(JWKS).json()["keys"]}
    with later(seconds=CACHE_SECONDS + 1), ada.database() as session:
        signing = rotate(session, ada.services.signing_seal)
    assert signing in known


def test_a_key_cannot_sign_before_caches_know_it(auth: AuthHarness) -> None:
    """AS-63: two rotations in a row are refused until the newest key has been out for the cache time."""
    with later(seconds=CACHE_SECONDS + 1), auth.database() as session:
        rotate(session, auth.services.signing_seal)
        with pytest.raises(RotationTooSoonError):
            rotate(session, auth.services.signing_seal)


def test_a_retired_key_is_published_until_its_last_token_is_dead(ada: AuthHarness) -> None:
    """AS-63: tokens signed before a rotation stay good for their time, and the key goes afterwards."""
    client = ada.register()
    with later(seconds=CACHE_SECONDS + 1):
        tokens = ada.tokens(client)
        old = decoded(ada, tokens["access_token"]).header["kid"]
        with ada.database() as session:
            rotate(session, ada.services.signing_seal)
        assert ada.introspect(tokens["access_token"])["active"] is True
        assert decoded(ada, ada.tokens(client)["access_token"]).header["kid"] != old
    with later(seconds=CACHE_SECONDS + 1 + 900):
        assert old in {key["kid"] for key in ada.http.get(JWKS).json()["keys"]}
    with later(seconds=CACHE_SECONDS + 1 + 1000):
        assert old not in {key["kid"] for key in ada.http.get(JWKS).json()["keys"]}
