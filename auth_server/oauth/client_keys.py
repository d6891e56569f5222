"""RFC 7517: the public keys with which a client's assertions are verified, each good for few algorithms."""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
"""No `none`, and none with a shared secret, for which a public key would be no secret at all (RFC 8725 §2.1)."""
MOST_KEYS = 20
RSA_BITS = range(2048, 4096 + 1)
PRIVATE_MEMBERS = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")
_KEPT_MEMBERS = (*_PUBLIC_MEMBERS, "kid", "alg", "use", "key_ops")
MAX_MEMBER_LENGTH = 1024
"""Characters of a value; the modulus of the largest RSA key has 683."""
MAX_OPERATIONS = 10
_CURVES = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}


@dataclass(frozen=True)
class ClientKey:
    """A public key, its name in the set, and the algorithms it may be used with."""

    kid: str | None
    algorithms: frozenset[str]
    key: ECKey | RSAKey | OKPKey


def client_keys(jwks: Mapping[str, Any] | None) -> tuple[ClientKey, ...]:
    """The usable ones of a set; §5: others, of whatever kind, are passed over."""
    listed = jwks.get("keys") if jwks is not None else None
    found = [_client_key(jwk) for jwk in listed[:MOST_KEYS]] if isinstance(listed, list) else []
    return tuple(key for key in found if key is not None)


def kept_keys(listed: list[Any]) -> dict[str, Any]:
    """The set as it is stored: the members that are looked at, all of them flat, and no key with a private one.

    §5: keys with values that cannot be understood are left out, for a restriction may be among them.
    """
    keys = [jwk for jwk in listed[:MOST_KEYS] if isinstance(jwk, dict) and not PRIVATE_MEMBERS & jwk.keys()]
    kept = [{name: jwk[name] for name in _KEPT_MEMBERS if jwk.get(name) is not None} for jwk in keys]
    return {"keys": [jwk for jwk in kept if all(_is_flat(value) for value in jwk.values())]}


def chosen_key(keys: tuple[ClientKey, ...], kid: str | None) -> ClientKey | None:
    """The one key of that name, or without a name the only one there is; never a guess among several."""
    named = [key for key in keys if kid is None or key.kid == kid]
    return named[0] if len(named) == 1 else None


def _is_flat(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= MAX_OPERATIONS and all(isinstance(each, str) and _is_flat(each) for each in value)
    return isinstance(value, str) and len(value) <= MAX_MEMBER_LENGTH


def _client_key(jwk: object) -> ClientKey | None:
    if not isinstance(jwk, dict) or PRIVATE_MEMBERS & jwk.keys():
        return None
    if jwk.get("use", "sig") != "sig" or "verify" not in _operations(jwk):
        return None
    algorithms = _algorithms(jwk)
    if not algorithms:
        return None
    kid = jwk.get("kid")
    try:
        return ClientKey(kid if isinstance(kid, str) else None, algorithms, _imported(jwk))
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _operations(jwk: dict[str, Any]) -> list[object]:
    """§4.3: what the key may be used for; one that does not say may verify."""
    stated = jwk.get("key_ops", ["verify"])
    return stated if isinstance(stated, list) else []


def _algorithms(jwk: dict[str, Any]) -> frozenset[str]:
    """RFC 8725 §3.1: decided by the key, never by the header of what it verifies."""
    if jwk.get("kty") == "RSA":
        fitting = {"RS256", "PS256"} if _bits(jwk.get("n")) in RSA_BITS and _bits(jwk.get("e")) <= 32 else set()
    else:
        fitting = {_CURVES.get((str(jwk.get("kty")), str(jwk.get("crv"))), "")} - {""}
    stated = jwk.get("alg")
    return frozenset(fitting if stated is None else fitting & {str(stated)})


def _bits(number: object) -> int:
    """The length of a Base64urlUInt (RFC 7518 §2); 0 for what is none."""
    try:
        decoded = urlsafe_b64decode(f"{number}==") if isinstance(number, str) else b""
    except (binascii.Error, ValueError):
        return 0
    return int.from_bytes(decoded).bit_length()


def _imported(jwk: dict[str, Any]) -> ECKey | RSAKey | OKPKey:
    """Only the members that make the key, so that nothing else can be wrong with it."""
    members: dict[str, str | list[str]] = {name: str(jwk[name]) for name in _PUBLIC_MEMBERS if name in jwk}
    kind = members["kty"]
    key = RSAKey.import_key(members) if kind == "RSA" else _imported_curve(kind, members)
    _ = key.public_key  # a point beside its curve shows only here
    return key


def _imported_curve(kind: object, members: dict[str, str | list[str]]) -> ECKey | OKPKey:
    return ECKey.import_key(members) if kind == "EC" else OKPKey.import_key(members)
