"""OpenID Connect Core §3.1.2.1: what an authentication request adds to an authorization request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from auth_server.oauth.errors import RequestRefusedError
from auth_server.oauth.requests import Parameters
from shared.clock import now

SINGLE = ("nonce", "prompt", "max_age", "id_token_hint", "login_hint")
"""Parameters that may come once."""
MAX_NONCE_BYTES = 1024
NOT_SUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}
"""§3.1.2.6: request objects are refused aloud, since what they say would go unheard; `claims` may be ignored (§5.5)."""


@dataclass(frozen=True)
class OpenIDRequest:
    """What a client wants to know of the sign-in, and whether the person has to sign in or be asked anew."""

    nonce: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    id_token_hint: str | None = None

    def wants_sign_in(self, authenticated_at: datetime) -> bool:
        """Whether a sign-in at that time is not enough: `prompt=login`, or it is longer ago than `max_age`."""
        if "login" in self.prompt:
            return True
        return self.max_age is not None and now() >= authenticated_at + timedelta(seconds=self.max_age)


def read_openid_request(parameters: Parameters) -> OpenIDRequest:
    """The checked parameters, without any of them the plain request. Raises RequestRefusedError."""
    for name, code in NOT_SUPPORTED.items():
        if parameters.get(name) is not None:
            raise RequestRefusedError(code, f"The parameter {name} is not supported here: send plain parameters.")
    prompt = frozenset((parameters.get("prompt") or "").split())
    if "none" in prompt and len(prompt) > 1:
        raise RequestRefusedError("invalid_request", "The prompt none stands alone.")
    return OpenIDRequest(
        nonce=_nonce(parameters.get("nonce")),
        prompt=prompt,
        max_age=_max_age(parameters.get("max_age")),
        id_token_hint=parameters.get("id_token_hint"),
    )


def _nonce(nonce: str | None) -> str | None:
    """Opaque to us, returned as it came, bounded in length."""
    if nonce is not None and len(nonce.encode(errors="replace")) > MAX_NONCE_BYTES:
        raise RequestRefusedError("invalid_request", "The parameter nonce is longer than 1 KB.")
    return nonce


def _max_age(seconds: str | None) -> int | None:
    if seconds is None:
        return None
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) < 10):
        raise RequestRefusedError("invalid_request", "The parameter max_age must be a number of seconds.")
    return int(seconds)
