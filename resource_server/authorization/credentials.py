"""RFC 6750 §2: the credential arrives in a header, once, and never in the URL; keys may come in `X-API-Key` too."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.types import Scope

from resource_server.authorization.errors import InvalidTokenError, MissingCredentialsError
from shared.credential_forms import fits_a_header
from shared.refusals import Reason
from shared.request_fields import fields_of

QUERY_NAMES = frozenset({"access_token", "token", "api_key", "apikey"})
KEY_HEADER = "x-api-key"
MAX_TOKEN = 8192
Fields = Mapping[str, list[str]]
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


def bearer_token(scope: Scope) -> str:
    """The token of a request that takes tokens alone. Raises MissingCredentialsError or InvalidTokenError."""
    _refuse_query_tokens(scope["query_string"])
    token = _bearer(fields_of(scope))
    if token is None:
        raise MissingCredentialsError
    if not _B64TOKEN.fullmatch(token):
        raise _malformed()
    return token


def presented_credential(scope: Scope) -> str:
    """The token or key of a request, wherever it stands. Raises MissingCredentialsError or InvalidTokenError."""
    _refuse_query_tokens(scope["query_string"])
    fields = fields_of(scope)
    sent = {credential for credential in (_bearer(fields), _key(fields)) if credential is not None}
    if not sent:
        raise MissingCredentialsError
    if len(sent) > 1:
        raise InvalidTokenError(
            Reason.TWO_CREDENTIALS, "Authorization and X-API-Key hold different credentials: send one of them."
        )
    return sent.pop()


def _bearer(fields: Fields) -> str | None:
    """None without the header, and for another scheme (§3.1)."""
    sent = fields.get("authorization", [])
    if len(sent) > 1:
        raise InvalidTokenError(Reason.TOKEN_MALFORMED, "Send one Authorization header.")
    scheme, _, token = (sent[0] if sent else "").strip().partition(" ")
    return _whole(token.strip()) if scheme.lower() == "bearer" else None


def _key(fields: Fields) -> str | None:
    sent = fields.get(KEY_HEADER, [])
    if len(sent) > 1:
        raise InvalidTokenError(Reason.TOKEN_MALFORMED, "Send one X-API-Key header.")
    return _whole(sent[0].strip()) if sent else None


def _whole(credential: str) -> str:
    if len(credential) > MAX_TOKEN or not fits_a_header(credential):
        raise _malformed()
    return credential


def _malformed() -> InvalidTokenError:
    return InvalidTokenError(
        Reason.TOKEN_MALFORMED,
        "The credential is malformed: send Authorization: Bearer and the access token or key, or X-API-Key.",
    )


def _refuse_query_tokens(query: bytes) -> None:
    """MCP authorization, access token usage: tokens MUST NOT be in the URI, where logs and history keep them."""
    if not query:
        return
    names = {name.lower() for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)}
    if names & QUERY_NAMES:
        raise InvalidTokenError(
            Reason.TOKEN_IN_URL, "Tokens in the URL are refused: send Authorization: Bearer instead."
        )
