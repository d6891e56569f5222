"""OpenID Connect RP-Initiated Logout 1.0 §2: what an app asks for when it sends somebody here to sign out."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from sqlmodel import Session

from auth_server.clients import find_client
from auth_server.models import Client
from auth_server.oauth.errors import PageError
from auth_server.oauth.id_tokens import read_hint
from auth_server.oauth.requests import Parameters
from auth_server.services import Services
from shared.refusals import Reason

SINGLE = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
MAX_STATE_BYTES = 4096
STILL_HERE = "You can still sign out here, on the page of your account."


@dataclass(frozen=True)
class LogoutRequest:
    """The app, if it said which it is, and where it wants the person back; empty for nowhere."""

    client: Client | None = None
    post_logout_redirect_uri: str = ""
    state: str = ""

    @property
    def location(self) -> str:
        """Where the person goes on to, with the state byte for byte; empty for nowhere."""
        if not self.state or not self.post_logout_redirect_uri:
            return self.post_logout_redirect_uri
        separator = "&" if "?" in self.post_logout_redirect_uri else "?"
        return f"{self.post_logout_redirect_uri}{separator}{urlencode({'state': self.state}, quote_via=quote)}"


def read_logout_request(session: Session, services: Services, parameters: Parameters) -> LogoutRequest:
    """The checked request; a hint may have expired (§4). Raises PageError, after which nobody is sent anywhere."""
    if parameters.first_repeated(SINGLE):
        raise _refused(Reason.REQUEST_MALFORMED, "The app sent a parameter of its request to sign out twice.")
    hint = read_hint(session, services, parameters.get("id_token_hint"))
    client_id = parameters.get("client_id") or (hint.client_id if hint is not None else None)
    if hint is not None and client_id != hint.client_id:
        raise _refused(Reason.REQUEST_MALFORMED, "The app named itself, and brought an id_token of another app.")
    client, uri = find_client(session, client_id), parameters.get("post_logout_redirect_uri")
    if uri is None:
        return LogoutRequest(client)
    if client is None:
        raise _refused(Reason.CLIENT_UNKNOWN, "The app wants you back and did not say which app it is.")
    if uri not in client.post_logout_redirect_uris:
        said = "The app wants you back at an address that it has not registered for that."
        raise _refused(Reason.REDIRECT_URI_UNREGISTERED, said, client.client_id)
    return LogoutRequest(client, uri, _state(parameters))


def _state(parameters: Parameters) -> str:
    state = parameters.get("state") or ""
    if len(state.encode(errors="replace")) > MAX_STATE_BYTES:
        raise _refused(Reason.REQUEST_MALFORMED, "The app sent a state that is longer than 4 KB.")
    return state


def _refused(reason: Reason, description: str, client_id: str | None = None) -> PageError:
    return PageError(reason, description, STILL_HERE, client_id)
