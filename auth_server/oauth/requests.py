"""The adapter between FastAPI and Authlib: a request that was read already, its parameters with their repetitions."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload, OAuth2Request

MAX_PARAMETERS = 500
FORM = "application/x-www-form-urlencoded"


class TooManyParametersError(InvalidRequestError):
    """More than 500 parameters, which no client needs."""

    description = "The request has too many parameters."


class Parameters(OAuth2Payload):
    """Query or form parameters; an empty one counts as omitted (RFC 6749 §3.1)."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value:
                self._values.setdefault(name, []).append(value)

    @classmethod
    def parse(cls, encoded: bytes) -> "Parameters":
        """From `a=1&b=2`; whatever is not UTF-8 is replaced. Raises TooManyParametersError."""
        try:
            return cls(parse_qsl(encoded.decode(errors="replace"), max_num_fields=MAX_PARAMETERS, errors="replace"))
        except ValueError:
            raise TooManyParametersError from None

    @property
    def data(self) -> dict[str, str]:
        """The first value of each parameter."""
        return {name: values[0] for name, values in self._values.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        """All values of each parameter, in the order they came."""
        return self._values

    def get(self, name: str) -> str | None:
        """The first value, or None."""
        values = self._values.get(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """Every value, in the order they came."""
        return list(self._values.get(name, ()))

    def first_repeated(self, names: Iterable[str]) -> str | None:
        """The first of `names` that was sent twice."""
        return next((name for name in names if len(self._values.get(name, ())) > 1), None)


class WireRequest(OAuth2Request):
    """One HTTP request whose body was read; `parameters` come from the query of a GET, else from the form alone."""

    payload: Parameters
    headers: Mapping[str, str]

    def __init__(
        self, method: str, uri: str, headers: Mapping[str, str], query: bytes, body: bytes, peer: str = ""
    ) -> None:
        super().__init__(method, uri, headers=headers)
        self.body_bytes = body
        self.peer = peer
        self.is_form = headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
        self.is_json = headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
        self.payload = Parameters.parse(query if method in ("GET", "HEAD") else body if self.is_form else b"")

    @property
    def parameters(self) -> Parameters:
        """The same as `payload`, under the name OAuth gives it."""
        return self.payload

    @property
    def bearer_token(self) -> str:
        """What follows `Authorization: Bearer` (RFC 6750 §2.1); empty without it."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def form(self) -> dict[str, str]:
        """What Authlib's endpoints read."""
        return self.payload.data

    @property
    def args(self) -> dict[str, Any]:
        """What Authlib reads as the query."""
        return self.payload.data if self.method in ("GET", "HEAD") else {}
