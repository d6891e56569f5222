"""RFC 6750 §3 and RFC 9728 §5.1: how a refused client learns where to go and what to ask for."""

from starlette.responses import JSONResponse

from resource_server.authorization.protected_resources import ProtectedResource
from resource_server.authorization.scopes import MissingScope
from shared.scopes import format_scope

UNAUTHORIZED = -32001
FORBIDDEN = -32003
TOO_MANY = -32029
UNAVAILABLE = -32000
RETRY_AFTER = "5"
RequestId = str | int | None


def json_rpc_error(
    status: int,
    code: int,
    message: str,
    *,
    request_id: RequestId = None,
    data: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An HTTP error whose body a client without OAuth can still read as the answer to its request."""
    error = {"code": code, "message": message} | ({"data": data} if data else {})
    return JSONResponse({"jsonrpc": "2.0", "id": request_id, "error": error}, status, headers)


class Challenges:
    """The refusals of one protected resource."""

    def __init__(self, resource: ProtectedResource) -> None:
        self._resource = resource

    def missing_credentials(self) -> JSONResponse:
        """RFC 6750 §3.1: a request without credentials is told what to ask for, and no error."""
        return self._unauthorized("Authorization is needed: sign in through the server that the metadata names.", {})

    def invalid_token(self, description: str) -> JSONResponse:
        """401: a new token may help."""
        return self._unauthorized(description, {"error": "invalid_token", "error_description": description})

    def insufficient_scope(self, missing: MissingScope, request_id: RequestId) -> JSONResponse:
        """403: the scope to ask for includes what the token has, so that stepping up loses nothing."""
        header = self._header({"error": "insufficient_scope"}, format_scope(missing.requested))
        required = format_scope(missing.required)
        return json_rpc_error(
            403,
            FORBIDDEN,
            f"This needs the scope {required}: an app authorizes again with the scope that the challenge names, "
            "a key is made anew or edited.",
            request_id=request_id,
            data={"requiredScopes": required.split()},
            headers=header,
        )

    def too_many_requests(self, wait: int) -> JSONResponse:
        """429: the same request may be sent again after `wait` seconds (RFC 6585 §4)."""
        message = f"Too many requests: wait {wait} seconds, then go on more slowly."
        return json_rpc_error(429, TOO_MANY, message, headers={"Retry-After": str(wait)})

    def unavailable(self) -> JSONResponse:
        """503: the token may well be good, so no challenge; the client tries again."""
        message = "Authorization cannot be checked at the moment: the authorization server is silent. Try again soon."
        return json_rpc_error(503, UNAVAILABLE, message, headers={"Retry-After": RETRY_AFTER})

    def _unauthorized(self, message: str, error: dict[str, str]) -> JSONResponse:
        header = self._header(error, format_scope(self._resource.first_scopes))
        return json_rpc_error(401, UNAUTHORIZED, message, headers=header)

    def _header(self, error: dict[str, str], scope: str) -> dict[str, str]:
        parameters = error | {"resource_metadata": self._resource.metadata_url, "scope": scope}
        return {"WWW-Authenticate": "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())}
