"""The backend of a client on the wire: discovery, registration, the authorization request, codes and refresh tokens.

What clients do alike is here; what sets one apart is in its `Habits`.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpx2

from auth_server.oauth.pkce import challenge_of
from tests.clients.seen import Identity
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, MODERN, modern_headers, modern_request, request

OAUTH_PARAMETERS = (
    *("response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method"),
    *("state", "scope", "resource"),
)


@dataclass(frozen=True)
class Habits:
    """What sets one client apart from another. `mcp_agent` asks at the MCP endpoint, `agent` everywhere else.

    `parameters` are those of its authorization request, in its order; `registration` is what it registers (RFC 7591);
    `seconds` is its patience with any answer.
    """

    name: str
    agent: str
    mcp_agent: str
    protocol: str = "2025-11-25"
    info: dict[str, str] = field(default_factory=dict)
    document: str = ""
    registration: dict[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = OAUTH_PARAMETERS
    probe_accept: str = BOTH_KINDS
    discovery_headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    checks_issuer: bool = True

    @property
    def probe(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What it asks before it has a token, with its headers."""
        headers = {"User-Agent": self.mcp_agent, "Accept": self.probe_accept}
        if self.protocol == MODERN:
            return modern_request("server/discover"), headers | modern_headers("server/discover")
        return self.initialize, headers

    @property
    def initialize(self) -> dict[str, Any]:
        """Its first message to an MCP server."""
        params = {"protocolVersion": self.protocol, "capabilities": {}, "clientInfo": self.info}
        return request("initialize", params)


@dataclass(frozen=True)
class Found:
    """What discovery told: the challenge, the protected resource's metadata, the authorization server's metadata."""

    challenge: dict[str, str]
    resource_metadata: dict[str, Any]
    metadata: dict[str, Any]

    @property
    def resource(self) -> str:
        """The resource, byte for byte as the server names it."""
        return str(self.resource_metadata["resource"])

    @property
    def takes_documents(self) -> bool:
        """Whether a public client may be known by its document, by both members that say so."""
        methods = self.metadata["token_endpoint_auth_methods_supported"]
        return self.metadata.get("client_id_metadata_document_supported") is True and "none" in methods


@dataclass(frozen=True)
class Known:
    """Whom the client says it is, and how it proves that; a public client proves nothing."""

    client_id: str
    identity: Identity
    prove: Callable[[], dict[str, str]] = dict

    @property
    def credential(self) -> dict[str, str]:
        """What it adds to a request at the token endpoint."""
        return {"client_id": self.client_id} | self.prove()


@dataclass(frozen=True)
class Asking:
    """An authorization request on its way through the browser."""

    url: str
    found: Found
    known: Known
    redirect_uri: str
    state: str
    verifier: str = field(repr=False)
    resources: tuple[str, ...] = ()


class Backend:
    """One client, talking to our servers as it does."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.http = httpx2.Client(timeout=habits.seconds, headers={"User-Agent": habits.agent}, **LOOPBACK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.http.close()

    def discover(self, mcp_url: str) -> Found:
        """RFC 9728 §5, RFC 8414 §3: from a 401 to both documents; gives up where these clients give up."""
        message, headers = self.habits.probe
        refused = self.http.post(mcp_url, json=message, headers=headers)
        assert refused.status_code == httpx2.codes.UNAUTHORIZED, refused.text
        challenge = bearer_challenge(refused)
        resource_metadata = self.read(challenge["resource_metadata"])
        assert resource_metadata["resource"] == mcp_url
        issuer = resource_metadata["authorization_servers"][0]
        return Found(challenge, resource_metadata, self.server_metadata(issuer))

    def server_metadata(self, issuer: str) -> dict[str, Any]:
        """RFC 8414 §3.1: the well-known part goes between the host and the path; §3.3: the issuer is compared."""
        metadata = self.read(well_known(issuer, "oauth-authorization-server"))
        assert metadata["issuer"] == issuer
        assert "S256" in metadata["code_challenge_methods_supported"]
        return metadata

    def read(self, url: str) -> dict[str, Any]:
        """A JSON document that must be there at once, without a redirect."""
        answer = self.http.get(url, headers=self.habits.discovery_headers)
        assert answer.status_code == httpx2.codes.OK, f"{url}: {answer.status_code}"
        document: dict[str, Any] = answer.json()
        return document

    def known_by_document(self, found: Found) -> Known:
        """The public client whose document it has published."""
        assert found.takes_documents
        return Known(self.habits.document, Identity.DOCUMENT)

    def register(self, found: Found, **changes: Any) -> Known:
        """RFC 7591: registers, and keeps the secret if it was given one."""
        body = self.habits.registration | changes
        answer = self.http.post(found.metadata["registration_endpoint"], json=body)
        assert answer.status_code == httpx2.codes.CREATED, answer.text
        registered = answer.json()
        assert registered["redirect_uris"] == body["redirect_uris"]
        secret = registered.get("client_secret")
        proof = {"client_secret": secret} if secret else {}
        return Known(registered["client_id"], Identity.REGISTRATION, lambda: proof)

    def ask(self, found: Found, known: Known, redirect_uri: str, **changes: str | list[str] | None) -> Asking:
        """The authorization request; `changes` replace parameters, None leaves one out, others come last."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
        values: dict[str, str | list[str] | None] = {
            "response_type": "code",
            "client_id": known.client_id,
            "redirect_uri": redirect_uri,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            "state": state,
            "scope": found.challenge.get("scope"),
            "resource": found.resource,
        }
        values |= changes
        order = dict.fromkeys((*self.habits.parameters, *changes))
        asked = [(name, value) for name in order if (value := values.get(name)) is not None]
        url = f"{found.metadata['authorization_endpoint']}?{urlencode(asked, doseq=True)}"
        resources = values["resource"]
        named = tuple(resources) if isinstance(resources, list) else (resources,) if resources else ()
        return Asking(url, found, known, redirect_uri, str(values["state"]), verifier, named)

    def redeem(self, asking: Asking, answer: dict[str, str]) -> dict[str, Any]:
        """RFC 6749 §4.1.3, RFC 9207 §2.4: looks at what came back, and asks for tokens; gives the token response."""
        assert answer.get("error") is None, answer
        assert answer["state"] == asking.state
        if self.habits.checks_issuer:
            assert answer["iss"] == asking.found.metadata["issuer"]
        form = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": asking.redirect_uri,
            "code_verifier": asking.verifier,
            **asking.known.credential,
            **({"resource": list(asking.resources)} if asking.resources else {}),
        }
        response = self.http.post(asking.found.metadata["token_endpoint"], data=form)
        assert response.status_code == httpx2.codes.OK, response.text
        assert response.headers["cache-control"] == "no-store"
        tokens: dict[str, Any] = response.json()
        assert tokens["token_type"] == "Bearer"
        return tokens

    def refresh(self, asking: Asking, refresh_token: str, **changes: str) -> httpx2.Response:
        """RFC 6749 §6: the answer as it is, since clients tell one refusal from another."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **asking.known.credential}
        return self.http.post(asking.found.metadata["token_endpoint"], data=form | changes)

    def renewed(self, asking: Asking, refresh_token: str, **changes: str) -> dict[str, Any]:
        """The tokens of a refresh that succeeds."""
        response = self.refresh(asking, refresh_token, **changes)
        assert response.status_code == httpx2.codes.OK, response.text
        tokens: dict[str, Any] = response.json()
        return tokens


def bearer_challenge(refused: httpx2.Response) -> dict[str, str]:
    """RFC 6750 §3: the parameters of the challenge."""
    scheme, _, rest = refused.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    return dict(re.findall(r'([a-z_]+)="([^"]*)"', rest))


def well_known(url: str, name: str) -> str:
    """RFC 8414 §3.1, RFC 9728 §3.1: the path of `url` follows the well-known part."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path.rstrip('/')}"
