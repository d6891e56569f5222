"""RFC 6749 §4.1.3, §6: a code becomes tokens, and a refresh token becomes new ones."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from mcp.shared.auth import OAuthToken
from pydantic import ValidationError

from resource_server.gateway.oauth.client_identity import Client
from resource_server.gateway.oauth.errors import NotAnsweringError, TokenRefusedError, UnusableServerError
from resource_server.gateway.oauth.fetching import Answer, Fetching
from resource_server.gateway.oauth.tokens import Tokens
from shared.clock import now

LONGEST_TOKEN = 16 * 1024
LONGEST_LIFE = 10 * 365 * 86400


async def redeem(fetching: Fetching, expected: Tokens, code: str, verifier: str, redirect_uri: str) -> Tokens:
    """The tokens for a code; `expected` says for whom, where and for what (RFC 7636 §4.5, RFC 8707 §2.2).

    Raises TokenRefusedError, UnusableServerError and NotAnsweringError.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    return _granted(await _ask(fetching, expected, form), expected)


async def refresh(fetching: Fetching, held: Tokens) -> Tokens:
    """The next tokens; the refresh token stays where no other is given. Raises as `redeem` does."""
    form = {"grant_type": "refresh_token", "refresh_token": held.refresh_token}
    return _granted(await _ask(fetching, held, form), held)


async def _ask(fetching: Fetching, tokens: Tokens, form: dict[str, str]) -> Answer:
    proof, headers = tokens.client.proof()
    answer = await fetching.post_form(tokens.token_endpoint, form | proof | {"resource": tokens.resource}, headers)
    host = urlsplit(tokens.token_endpoint).netloc
    if answer.status == 429 or answer.status >= 500:
        raise NotAnsweringError(f"{host} gives no tokens now.")
    code = answer.document.get("error")
    if isinstance(code, str) and code:
        raise TokenRefusedError(f"{host} gives no tokens for this.", code)
    if answer.status not in (200, 201):
        raise NotAnsweringError(f"{host} does not answer as a token endpoint does.")
    return answer


def _granted(answer: Answer, before: Tokens) -> Tokens:
    """RFC 6749 §5.1; a scope that is not told is the one asked for."""
    told = _read(answer.document)
    expires_at = None
    if told.expires_in is not None and 0 < told.expires_in < LONGEST_LIFE:
        expires_at = now() + timedelta(seconds=told.expires_in)
    return replace(
        before,
        access_token=told.access_token,
        refresh_token=told.refresh_token or before.refresh_token,
        expires_at=expires_at,
        scope=before.scope if told.scope is None else told.scope,
    )


def _read(document: dict[str, Any]) -> OAuthToken:
    try:
        told = OAuthToken.model_validate(document)
    except ValidationError as cause:
        raise UnusableServerError("The authorization server's answer holds no token that can be used.") from cause
    for token in (told.access_token, told.refresh_token or "-"):
        if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
            raise UnusableServerError("The authorization server's token has signs that cannot be sent.")
    return told


def expected_tokens(client: Client, issuer: str, endpoints: tuple[str, str], resource: str, scope: str) -> Tokens:
    """Tokens that are not there yet; `endpoints` are those of tokens and of revocation."""
    return Tokens("", "", None, scope, issuer, *endpoints, resource, client)
