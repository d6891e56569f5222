"""RFC 6750 §2: the token arrives in the Authorization header, once, and nowhere else."""

import re
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Scope

from resource_server.authorization.errors import InvalidTokenError, MissingCredentialsError
from shared.refusals import Reason

QUERY_NAMES = frozenset({"access_token", "token", "api_key", "apikey"})
MAX_TOKEN = 8192
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


def bearer_token(scope: Scope) -> str:
    """The token of a request. Raises MissingCredentialsError or InvalidTokenError."""
    _refuse_query_tokens(scope["query_string"])
    sent = Headers(scope=scope).getlist("authorization")
    if len(sent) > 1:
        raise InvalidTokenError(Reason.TOKEN_MALFORMED, "Send one Authorization header.")
    scheme, _, token = (sent[0] if sent else "").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise MissingCredentialsError
    token = token.strip()
    if len(token) > MAX_TOKEN or not _B64TOKEN.fullmatch(token):
        raise InvalidTokenError(
            Reason.TOKEN_MALFORMED, "The bearer token is malformed: send Authorization: Bearer and the access token."
        )
    return token


def _refuse_query_tokens(query: bytes) -> None:
    """MCP authorization, access token usage: tokens MUST NOT be in the URI, where logs and history keep them."""
    names = {name.lower() for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)}
    if names & QUERY_NAMES:
        raise InvalidTokenError(
            Reason.TOKEN_IN_URL, "Tokens in the URL are refused: send Authorization: Bearer instead."
        )
