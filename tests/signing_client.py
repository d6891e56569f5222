"""A client that is known by a document on the web and signs its requests: RFC 7523's other side, in test code."""

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from auth_server.oauth.client_assertion import ASSERTION_TYPE
from shared.clock import epoch, now
from tests.auth_harness import AuthHarness, RegisteredClient
from tests.document_host import DocumentHost

PrivateKey = ECKey | RSAKey | OKPKey

ISSUER = "http://localhost:9000"


def new_key(algorithm: str) -> PrivateKey:
    """A fresh key for one of the offered algorithms."""
    if algorithm == "ES256":
        return ECKey.generate_key("P-256")
    return OKPKey.generate_key("Ed25519") if algorithm == "EdDSA" else RSAKey.generate_key(2048)


@dataclass
class Signer:
    """A private key with its name, and the assertions it makes."""

    client_id: str
    algorithm: str = "ES256"
    kid: str = "key-1"
    key: PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = new_key(self.algorithm)

    @property
    def public_jwk(self) -> dict[str, Any]:
        """What the client publishes."""
        return self.key.as_dict(private=False, kid=self.kid)

    def assertion(self, *, header: dict[str, Any] | None = None, key: PrivateKey | None = None, **changes: Any) -> str:
        """A good assertion with `changes` to its claims and its header; None leaves a member out."""
        claims: dict[str, Any] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": ISSUER,
            "iat": epoch(now()),
            "exp": epoch(now()) + 60,
            "jti": secrets.token_urlsafe(16),
        }
        complete = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"} | (header or {})
        return signed(_without_none(complete), _without_none(claims | changes), key or self.key)


def signed(header: dict[str, Any], claims: object, key: PrivateKey | bytes) -> str:
    """A compact JWS of whatever is given; bytes as key are a shared secret."""
    message = f"{_encoded(header)}.{_encoded(claims)}"
    if isinstance(key, bytes):
        hash_name = header["alg"].replace("HS", "sha")
        return f"{message}.{_encoded(hmac.digest(key, message.encode(), hash_name))}"
    return f"{message}.{_encoded(JWSRegistry.algorithms[header['alg']].sign(message.encode(), key))}"


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    """`alg: none`, as forgers have it."""
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'} | header)}.{_encoded(claims)}."


def _encoded(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class SigningClient(RegisteredClient):
    """A client with a document that names its keys; each of its requests is signed anew."""

    def __init__(self, host: DocumentHost, client_id: str, algorithm: str = "ES256", *, inline: bool = False) -> None:
        self.host = host
        self.signer = Signer(client_id, algorithm)
        self.jwks_uri = f"{client_id}/jwks.json"
        self.refresh_token = ""
        keys = {"jwks": {"keys": [self.signer.public_jwk]}} if inline else {"jwks_uri": self.jwks_uri}
        super().__init__(
            {
                "client_id": client_id,
                "client_name": "A signing app",
                "redirect_uris": ["https://app.example/callback"],
                "token_endpoint_auth_method": "private_key_jwt",
                **keys,
            }
        )
        self.publish()
        self.publish_keys(self.signer.public_jwk)

    def publish(self, **changes: Any) -> None:
        """The document, with `changes`."""
        self.host.serve(self.id, _without_none(self.information | changes), cache_control="max-age=300")

    def publish_keys(self, *jwks: dict[str, Any]) -> None:
        """What is found at the jwks_uri."""
        self.host.serve(self.jwks_uri, {"keys": list(jwks)}, content_type="application/jwk-set+json")

    def with_assertion(self, assertion: str) -> dict[str, str]:
        """The credential that `assertion` is."""
        return {"client_id": self.id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}

    @property
    def credential(self) -> dict[str, str]:
        return self.with_assertion(self.signer.assertion())

    def connect(self, auth: AuthHarness) -> "SigningClient":
        """The person approves it, and it redeems its code."""
        self.refresh_token = auth.tokens(self)["refresh_token"]
        return self

    def refresh(self, auth: AuthHarness, assertion: str | None = None, **changes: Any) -> Any:
        """The answer to a refresh with `assertion`, else a good one; a new refresh token replaces the old one."""
        credential = self.credential if assertion is None else self.with_assertion(assertion)
        answer = auth.refresh(self, self.refresh_token, **(credential | changes))
        if answer.status_code == 200:
            self.refresh_token = answer.json()["refresh_token"]
        return answer


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
