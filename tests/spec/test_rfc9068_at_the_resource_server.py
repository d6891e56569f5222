"""RFC 9068 §4: what the resource server checks before it believes a JWT access token (AS-59, AS-60, AS-95)."""

import time
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from tests.doors import Connection, Doors, Person
from tests.loopback import LOOPBACK

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture(scope="module")
def connection(mary: Person) -> Connection:
    """One app whose token is taken apart."""
    return mary.connect()


def status_with(doors: Doors, token: str) -> int:
    """The status of a call with `token`; a refusal is always an invalid_token challenge."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx2.post(doors.mcp_url, json=LIST, headers=headers, **LOOPBACK)
    assert answer.status_code == 200 or 'error="invalid_token"' in answer.headers["www-authenticate"]
    return answer.status_code


def test_a_token_as_issued_is_accepted(doors: Doors, connection: Connection) -> None:
    """The arrangement of this file itself: re-signing the untouched claims gives a good token."""
    assert status_with(doors, connection.access_token) == 200
    assert status_with(doors, doors.sign(doors.claims(connection))) == 200


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "https://other.example/mcp"},
        {"aud": None},
        {"aud": []},
        {"iss": "https://other.example"},
        {"exp": 1},
        {"exp": None},
        {"exp": "9999999999"},
        {"sub": None},
        {"sub": ""},
        {"client_id": None},
        {"grant_id": None},
        {"grant_id": 7},
        {"grant_rev": "1"},
        {"scope": ["memory:read"]},
    ],
    ids=str,
)
def test_a_claim_that_is_not_as_it_must_be_refuses_the_token(
    doors: Doors, connection: Connection, change: dict[str, Any]
) -> None:
    """RFC 9068 §2.2, §4; AS-59: another resource's token, another issuer's, an expired or incomplete one."""
    assert status_with(doors, doors.sign(doors.claims(connection) | change)) == 401


def test_one_audience_among_several_is_not_ours(doors: Doors, connection: Connection) -> None:
    """AS-59: aud is exactly this resource, so that no other server can replay the token here."""
    both = [doors.mcp_url, "https://other.example/mcp"]
    assert status_with(doors, doors.sign(doors.claims(connection) | {"aud": both})) == 401
    assert status_with(doors, doors.sign(doors.claims(connection) | {"aud": f"{doors.mcp_url}/"})) == 401


@pytest.mark.parametrize("token_type", ["JWT", "id_token+jwt", "catalog+jwt", "client-authentication+jwt", "", None])
def test_another_type_of_jwt_never_passes_as_an_access_token(
    doors: Doors, connection: Connection, token_type: str | None
) -> None:
    """RFC 9068 §4, RFC 8725 §3.11; AS-60, AS-95: id tokens and assertions are signed by the same key."""
    assert status_with(doors, doors.sign(doors.claims(connection), typ=token_type)) == 401


def test_a_key_that_is_not_published_is_refused(doors: Doors, connection: Connection) -> None:
    """AS-60: an unknown kid, and a known kid with another key."""
    stranger = ECKey.generate_key("P-256")
    claims, header = doors.claims(connection), {"alg": "ES256", "typ": "at+jwt"}
    known = httpx2.get(f"{doors.issuer}/.well-known/jwks.json", **LOOPBACK).json()["keys"][0]["kid"]
    for kid in ("unknown", known, "../../etc/passwd"):
        assert status_with(doors, jwt.encode(header | {"kid": kid}, claims, stranger)) == 401
    assert status_with(doors, jwt.encode(header, claims, stranger)) == 401


def test_an_embedded_key_is_not_believed(doors: Doors, connection: Connection) -> None:
    """RFC 8725 §3.10: a token that brings its own key proves nothing."""
    stranger = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": "mine", "jwk": stranger.as_dict(private=False)}
    assert status_with(doors, jwt.encode(header, doors.claims(connection), stranger)) == 401


def test_a_published_key_is_no_shared_secret(doors: Doors, connection: Connection) -> None:
    """RFC 8725 §2.1; AS-60: HS256 keyed with the public key, the classic confusion."""
    public = httpx2.get(f"{doors.issuer}/.well-known/jwks.json", **LOOPBACK).json()["keys"][0]
    forged = jwt.encode(
        {"alg": "HS256", "typ": "at+jwt", "kid": public["kid"]},
        doors.claims(connection),
        OctKey.import_key(public["x"] + public["y"]),
        algorithms=["HS256"],
    )
    assert status_with(doors, forged) == 401


def test_an_unsigned_token_is_refused(doors: Doors, connection: Connection) -> None:
    """AS-60: alg none, with and without what was the signature."""
    header, payload, signature = connection.access_token.split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"
    assert status_with(doors, f"{unsigned}.{payload}.{signature}") == 401
    assert status_with(doors, f"{header}.{payload}.{signature[:-4]}AAAA") == 401


@pytest.mark.parametrize("credential", ["refresh_token", "resource_credential"])
def test_other_credentials_of_ours_are_no_access_tokens(doors: Doors, connection: Connection, credential: str) -> None:
    """AS-95: the form of the credential selects its parser."""
    resource_credential = (doors.data_dir / "resource-server.credential").read_text().strip()
    sent = connection.token["refresh_token"] if credential == "refresh_token" else resource_credential
    assert status_with(doors, sent) == 401


def test_scope_beyond_the_grant_is_not_believed(mary: Person) -> None:
    """What a call may do is the token's scope and the grant's: a token cannot widen its grant."""
    connection = mary.connect("memory:read")
    claims = mary.doors.claims(connection) | {"scope": "memory:read memory:write", "exp": int(time.time()) + 60}
    headers = {"Authorization": f"Bearer {mary.doors.sign(claims)}"}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "memory_store", "arguments": {}}}
    assert httpx2.post(mary.doors.mcp_url, json=call, headers=headers, **LOOPBACK).status_code == 403
