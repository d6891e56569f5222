"""The protocol server of one request: which grants there are, and how an answer leaves, on one screen."""

from collections.abc import Iterable, Mapping
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidRequestError,
    OAuth2Error,
    UnsupportedGrantTypeError,
)
from sqlmodel import Session
from starlette.responses import JSONResponse, Response

from auth_server.keys.key_uses import KeyUse
from auth_server.models import Client
from auth_server.oauth.authorization_code import AuthorizationCodeGrant
from auth_server.oauth.change_limits import FROM_ALL, ChangeLimits
from auth_server.oauth.client_authentication import claimed_client_id
from auth_server.oauth.client_configuration import configure_client
from auth_server.oauth.client_credentials import ClientCredentialsGrant
from auth_server.oauth.device_authorization import authorize_device
from auth_server.oauth.device_code import DeviceCodeGrant
from auth_server.oauth.device_limits import count_device_authorization
from auth_server.oauth.errors import reason_of
from auth_server.oauth.introspection import IntrospectionEndpoint
from auth_server.oauth.refresh_token import RefreshTokenGrant
from auth_server.oauth.registration import ClientRegistrationEndpoint
from auth_server.oauth.repeated_requests import Decision
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.revocation import RevocationEndpoint
from auth_server.oauth.token_grant import TokenGrant
from auth_server.oauth.userinfo import userinfo
from auth_server.services import Services
from shared.refusals import Step, note_refusal

GRANTS: tuple[type[TokenGrant], ...] = (
    AuthorizationCodeGrant,
    RefreshTokenGrant,
    ClientCredentialsGrant,
    DeviceCodeGrant,
)
GRANT_TYPES = tuple(str(grant.GRANT_TYPE) for grant in GRANTS)
NEVER_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}

EndpointType = type[RevocationEndpoint] | type[IntrospectionEndpoint] | type[ClientRegistrationEndpoint]
STEPS: dict[EndpointType, Step] = {
    RevocationEndpoint: Step.REVOCATION,
    IntrospectionEndpoint: Step.CALL,
    ClientRegistrationEndpoint: Step.REGISTRATION,
}


class OstiaryServer(AuthorizationServer):
    """Authlib's server on one unit of work; errors are answers, so that what they decided is committed.

    Where it only reads, `may_write` is false, and whoever has to write raises MustWriteError.
    """

    def __init__(self, session: Session, services: Services, *, may_write: bool = True) -> None:
        super().__init__()
        self.may_write = may_write
        self.session = session
        self.services = services
        self.settings = services.settings
        self.refused: tuple[int, str] | None = None
        """Status and code of the last refusal."""
        self.decided: tuple[Decision, Client] | None = None
        """What a service was given, to be given again when it asks in the same way."""
        self.key_use: KeyUse | None = None
        """What introspection saw in use and nobody has noted; a question does not write."""

    def token(self, request: WireRequest) -> JSONResponse:
        """OAuth 2.1 §3.2: one form-encoded POST, one JSON answer."""
        try:
            check_form(request)
            grant = self._grant_for(request)
            grant.validate_token_request()
            return self.json(200, grant.create_token_response())
        except OAuth2Error as error:
            is_refresh = request.parameters.get("grant_type") == RefreshTokenGrant.GRANT_TYPE
            return self.refuse(error, Step.REFRESH if is_refresh else Step.TOKEN, claimed_client_id(request))

    def device_authorization(self, request: WireRequest) -> JSONResponse:
        """RFC 8628 §3.1."""
        try:
            check_form(request)
            count_device_authorization(self.services.limiter, request)
            return self.json(200, authorize_device(self.session, self.services, request))
        except OAuth2Error as error:
            return self.refuse(error, Step.AUTHORIZATION, claimed_client_id(request))

    def endpoint(self, endpoint: EndpointType, request: WireRequest) -> JSONResponse:
        """One of Authlib's endpoints, as this server extends it."""
        try:
            status, body, _ = endpoint(self)(request)  # type: ignore[misc]  # None comes from interactive endpoints
            return self.json(status, body)
        except OAuth2Error as error:
            return self.refuse(error, STEPS[endpoint], claimed_client_id(request))

    def userinfo(self, request: WireRequest) -> JSONResponse:
        """OpenID Connect Core §5.3."""
        try:
            return self.json(200, userinfo(self.session, self.services, request))
        except OAuth2Error as error:
            return self.refuse(error, Step.CALL, None)

    def configuration(self, request: WireRequest, client_id: str) -> Response:
        """RFC 7592, for which Authlib has no usable endpoint."""
        try:
            limits = ChangeLimits(self.services.limiter, self.settings.registrations_per_hour * FROM_ALL)
            status, body = configure_client(self.session, self.settings, limits, request, client_id)
        except OAuth2Error as error:
            return self.refuse(error, Step.REGISTRATION, client_id)
        return self.json(status, body) if body is not None else Response(None, status, NEVER_STORED)

    def refuse(self, error: OAuth2Error, step: Step, client_id: str | None) -> JSONResponse:
        """RFC 6749 §5.2, and a line in the log."""
        note_refusal(step, reason_of(error), client_id=client_id, cause=str(error.description or ""))
        status, body, headers = error()
        self.refused = (int(status or 400), str(error.error))
        return self.json(status, body, headers)

    def json(self, status: int, body: Mapping[str, Any], headers: Iterable[tuple[str, str]] = ()) -> JSONResponse:
        """§3.2.3: no answer is ever stored."""
        kept = {name: value for name, value in headers if name.lower() != "content-type"}
        return JSONResponse(dict(body), status, NEVER_STORED | kept)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens; what matters is in the audit table."""

    def _grant_for(self, request: WireRequest) -> TokenGrant:
        """§3.2.2: an absent grant type is a malformed request, an unknown one is unsupported."""
        grant_type = request.parameters.get("grant_type")
        if grant_type is None:
            raise InvalidRequestError(f"The parameter grant_type is missing: one of {', '.join(GRANT_TYPES)}.")
        for grant in GRANTS:
            if grant_type == grant.GRANT_TYPE:
                return grant(request, self)
        raise UnsupportedGrantTypeError("unknown")


def check_form(request: WireRequest) -> None:
    """OAuth 2.1 §3.2: form-encoded, and no parameter twice but `resource` (RFC 8707 §2)."""
    if not request.is_form:
        raise InvalidRequestError("The body must be application/x-www-form-urlencoded.")
    if request.parameters.first_repeated(name for name in request.parameters.data if name != "resource"):
        raise InvalidRequestError("A parameter was sent more than once; only resource may repeat.")
