"""The way an app goes before it knows anything: the 401, both metadata, registration, the endpoints; from outside.

Nothing is left behind: the registration is one that must be refused, and so are the requests to the endpoints.
"""

import re
from collections.abc import Iterator
from typing import Any

import httpx2

from cli.unreached import why_unreached

LONGEST = 10.0
"""Seconds; claude.ai waits no longer for any answer."""

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "doctor", "version": "1"}},
}
BOTH = {"Accept": "application/json, text/event-stream"}
_METADATA = re.compile(r'resource_metadata="([^"]+)"')


class WrongTurnError(Exception):
    """No app gets further; the text says what is wrong and what to change."""


def walk(http: httpx2.Client, url: str) -> Iterator[str]:
    """A sentence for each step that is well. Raises WrongTurnError at the first that is not."""
    metadata_url = _challenge(_sent(http, "POST", url, json=INITIALIZE, headers=BOTH), url)
    yield f"{url} answers and asks for a sign-in."
    issuer = _authorization_server(_document(http, metadata_url), url)
    yield f"Its metadata names {issuer} as the authorization server."
    server = _document(http, f"{issuer}/.well-known/oauth-authorization-server")
    _check_server(server, issuer)
    yield "The authorization server names itself as apps expect it."
    yield _way_in(http, server)
    page = _sent(http, "GET", server["authorization_endpoint"], headers={"Accept": "text/html"})
    _check(page.status_code == 400 and "text/html" in page.headers.get("content-type", ""), _elsewhere(page))
    answer = _sent(http, "POST", server["token_endpoint"], data={})
    _check(answer.status_code == 400 and "json" in answer.headers.get("content-type", ""), _elsewhere(answer))
    yield "The consent page and the token endpoint answer."


def _challenge(answer: httpx2.Response, url: str) -> str:
    """RFC 9728 §5.1."""
    if 300 <= answer.status_code < 400:
        raise WrongTurnError(f"{url} redirects; give apps the address itself: {answer.headers.get('location', '')}")
    if answer.status_code != 401:
        raise WrongTurnError(f"{url} answers {answer.status_code} instead of 401. {_said(answer)}")
    found = _METADATA.search(answer.headers.get("www-authenticate", ""))
    if found is None:
        raise WrongTurnError(f"{url} does not name its metadata: something in front drops WWW-Authenticate.")
    return found[1]


def _authorization_server(document: dict[str, Any], url: str) -> str:
    """RFC 9728 §3.3: byte for byte, or strict apps go no further."""
    resource = document.get("resource")
    _check(resource == url, f"The server calls itself {resource}; give apps exactly this address, not {url}")
    servers = document.get("authorization_servers")
    _check(isinstance(servers, list) and bool(servers), "The metadata names no authorization server.")
    return str(servers[0]) if servers else ""


def _check_server(server: dict[str, Any], issuer: str) -> None:
    """RFC 8414 §3.3, OAuth 2.1 §7.5.2."""
    _check(
        server.get("issuer") == issuer, f"The metadata at {issuer} is of {server.get('issuer')}; check OSTIARY_ISSUER."
    )
    _check("S256" in server.get("code_challenge_methods_supported", ()), "The authorization server offers no S256.")
    for name in ("authorization_endpoint", "token_endpoint"):
        _check(
            str(server.get(name, "")).startswith(issuer), f"The {name} lies at another address; check OSTIARY_ISSUER."
        )


def _way_in(http: httpx2.Client, server: dict[str, Any]) -> str:
    """How an app may say who it is; an empty registration is refused wherever another would be taken."""
    ways = ["documents"] if server.get("client_id_metadata_document_supported") else []
    if endpoint := server.get("registration_endpoint"):
        answer = _sent(http, "POST", endpoint, json={"redirect_uris": []})
        _check(answer.status_code in (400, 401, 429), f"Registration fails. {_elsewhere(answer)}")
        words = {400: "registration", 401: "registration with an initial access token", 429: "registration, later"}
        ways.append(words[answer.status_code])
    return f"Apps may be known by {' or '.join(ways)}." if ways else "Apps have to be entered by hand: clients create."


def _document(http: httpx2.Client, url: str) -> dict[str, Any]:
    answer = _sent(http, "GET", url)
    _check(answer.status_code == 200, _elsewhere(answer))
    try:
        document = answer.json()
    except ValueError:
        raise WrongTurnError(f"{url} is no JSON: a page of something in front of the server?") from None
    _check(isinstance(document, dict), f"{url} is no JSON object.")
    return dict(document)


def _sent(http: httpx2.Client, method: str, url: str, **content: Any) -> httpx2.Response:
    try:
        return http.request(method, url, **content)
    except (httpx2.HTTPError, httpx2.InvalidURL) as cause:
        raise WrongTurnError(why_unreached(url, cause, LONGEST)) from None


def _check(is_well: bool, otherwise: str) -> None:
    if not is_well:
        raise WrongTurnError(otherwise)


def _elsewhere(answer: httpx2.Response) -> str:
    return f"{answer.request.url} answers {answer.status_code}. {_said(answer)}"


def _said(answer: httpx2.Response) -> str:
    """The first words of an answer that is text."""
    is_page = "text/html" in answer.headers.get("content-type", "")
    return "It is a page: does the address lead here?" if is_page else f"It says: {answer.text[:300]}"
