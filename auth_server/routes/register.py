"""RFC 7591 and RFC 7592: the registration endpoint and a client's own configuration."""

from fastapi import APIRouter, Depends, Response
from limits import RateLimitItemPerHour

from auth_server.dependencies import OAuthRequest, Server, ServicesDep
from auth_server.oauth.change_limits import FROM_ALL
from auth_server.oauth.registration import ClientRegistrationEndpoint
from auth_server.web.refused_requests import RefusedRequestError
from shared.networks import network_of
from shared.refusals import Reason, Step

router = APIRouter()
RETRY_AFTER = {"Retry-After": "600"}


def limit_registrations(request: OAuthRequest, services: ServicesDep) -> None:
    """Per network and over all. Raises RefusedRequestError 429."""
    allowed = services.settings.registrations_per_hour
    one, all_of_them = RateLimitItemPerHour(allowed), RateLimitItemPerHour(allowed * FROM_ALL)
    if not services.limiter.hit(one, "register", network_of(request.peer)) or not services.limiter.hit(
        all_of_them, "register"
    ):
        description = "Too many registrations came from there within an hour. Wait, and keep the client_id you have."
        raise _too_many(description)


def limit_changes(request: OAuthRequest, services: ServicesDep) -> None:
    """Per network, before anything is looked up. Raises RefusedRequestError 429."""
    one = RateLimitItemPerHour(services.settings.registrations_per_hour)
    if request.method != "GET" and not services.limiter.hit(one, "change from", network_of(request.peer)):
        raise _too_many("Too many changes of registrations came from there within an hour. Wait, and keep it.")


def _too_many(description: str) -> RefusedRequestError:
    return RefusedRequestError(Step.REGISTRATION, Reason.TOO_MANY_REGISTRATIONS, 429, description, RETRY_AFTER)


@router.post("/register", dependencies=[Depends(limit_registrations)])
def register(request: OAuthRequest, server: Server) -> Response:
    """A new client."""
    return server.endpoint(ClientRegistrationEndpoint, request)


@router.api_route("/register/{client_id}", methods=["GET", "PUT", "DELETE"], dependencies=[Depends(limit_changes)])
def configure(client_id: str, request: OAuthRequest, server: Server) -> Response:
    """A client's own registration, for whoever holds its registration access token."""
    return server.configuration(request, client_id)
