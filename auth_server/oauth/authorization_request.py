"""OAuth 2.1 §4.1.1: an authorization request, checked in the order that decides where an error may go."""

from dataclasses import dataclass

from sqlmodel import Session

from auth_server.clients import find_client
from auth_server.models import Client, ClientOrigin
from auth_server.oauth import openid_request, pkce
from auth_server.oauth.errors import InvalidTargetError, PageError, RedirectableError, RequestRefusedError
from auth_server.oauth.openid_request import OpenIDRequest, read_openid_request
from auth_server.oauth.redirect_uris import is_same
from auth_server.oauth.requested_access import requested_access
from auth_server.oauth.requests import Parameters
from auth_server.settings import Settings
from shared.authorization_details import Details, InvalidDetailsError, parse_details
from shared.refusals import Reason
from shared.scopes import Scope

SINGLE = (
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "authorization_details",
    *openid_request.SINGLE,
)
"""Parameters that may come once; client_id and redirect_uri too, but those errors cannot be redirected."""
DOCUMENT_LACKS_REDIRECT_URI = "The app asked to return to an address that its own document on the web does not list."
TELL_ITS_MAKERS = "Tell the app's makers: they have to add the address. A newer version of the app may have it right."
WITHDRAWN = (
    "Tell the app's makers. Meanwhile look at the app's settings; if it offers to register itself, or to take a client "
    "id that your administrator makes, that may work."
)
UNREGISTERED = "The app asked to return to an address it has not registered."
REGISTER_IT = (
    "Remove this server from the app and add it again, so that it registers the address. If the app was entered here "
    "by hand, the address has to be entered with it."
)
MAX_STATE_BYTES = 4096


@dataclass(frozen=True)
class AuthorizationRequest:
    """What a client asks for; every value was checked. `details` is None when the request names none.

    `servers`, if any, are those that its scope names (`server:github`); `server` is the one that the resource is.
    """

    client: Client
    redirect_uri: str
    state: str | None
    code_challenge: str
    resource: str
    scopes: tuple[Scope, ...]
    details: Details | None
    openid: OpenIDRequest
    servers: frozenset[str] = frozenset()
    server: str = ""


def validate_authorization_request(
    session: Session, settings: Settings, parameters: Parameters
) -> AuthorizationRequest:
    """The request, when everything in it holds. Raises PageError, then RedirectableError."""
    client = _known_client(session, parameters)
    redirect_uri = _registered_redirect_uri(client, parameters)
    try:
        _check_repetition(parameters)
        _check_response_type(parameters)
        details = _details(parameters.get("authorization_details"))
        access = requested_access(client, parameters.all("resource"), parameters.get("scope"), settings, details)
        return AuthorizationRequest(
            client=client,
            redirect_uri=redirect_uri,
            state=_state(parameters),
            code_challenge=_code_challenge(parameters),
            resource=access.resource,
            scopes=access.scopes,
            details=details,
            openid=read_openid_request(parameters),
            servers=access.servers,
            server=access.server,
        )
    except RequestRefusedError as refused:
        code, description, reason = refused.args
    except InvalidTargetError as error:
        code, description, reason = error.error, error.description, Reason.RESOURCE_UNKNOWN
    raise RedirectableError(code, description, redirect_uri, client.client_id, reason, _returnable_state(parameters))


def unknown_client(client_id: str | None) -> PageError:
    """For a client that was never there, or is gone."""
    return PageError(
        Reason.CLIENT_UNKNOWN,
        "This app is not registered here, or its registration was deleted.",
        "Remove this server from the app and add it again: the app then registers anew.",
        client_id,
    )


def blocked_client(client: Client) -> PageError:
    """For a client that an administrator keeps out."""
    return PageError(
        Reason.CLIENT_BLOCKED,
        "An administrator of this server blocked this app.",
        "Ask your administrator if you need it. There is nothing to mend in the app.",
        client.client_id,
    )


def _known_client(session: Session, parameters: Parameters) -> Client:
    """§4.1.2.1: a request from nobody we know is answered with a page."""
    if parameters.first_repeated(("client_id",)):
        raise PageError(Reason.REQUEST_MALFORMED, "The app sent its identifier twice.")
    if parameters.get("client_id") is None:
        raise PageError(Reason.CLIENT_NOT_NAMED, "The app did not say who it is: the parameter client_id is missing.")
    client = find_client(session, parameters.get("client_id"))
    if client is None:
        raise unknown_client(parameters.get("client_id"))
    if client.blocked_at is not None:
        raise blocked_client(client)
    if client.origin == ClientOrigin.DOCUMENT and client.document_expires_at is None:
        withdrawn = "The document that describes this app was withdrawn."
        raise PageError(Reason.DOCUMENT_WITHDRAWN, withdrawn, WITHDRAWN, client.client_id)
    return client


def _registered_redirect_uri(client: Client, parameters: Parameters) -> str:
    """§2.3.3: omitted only if one is registered, otherwise equal to one of the registered."""
    if parameters.first_repeated(("redirect_uri",)):
        raise PageError(Reason.REQUEST_MALFORMED, "The app sent two addresses to return to.", "", client.client_id)
    requested = parameters.get("redirect_uri")
    if requested is None:
        if len(client.redirect_uris) != 1:
            unnamed = "The app did not say which of its addresses to return to: the parameter redirect_uri is missing."
            raise PageError(Reason.REDIRECT_URI_NOT_NAMED, unnamed, "", client.client_id)
        return client.redirect_uris[0]
    if not any(is_same(registered, requested) for registered in client.redirect_uris):
        raise _unknown_redirect_uri(client)
    return requested


def _unknown_redirect_uri(client: Client) -> PageError:
    """§2.3.5: the person is told what is wrong where it is wrong; the address itself is repeated nowhere."""
    if client.origin == ClientOrigin.DOCUMENT:
        reason = Reason.REDIRECT_URI_NOT_IN_DOCUMENT
        return PageError(reason, DOCUMENT_LACKS_REDIRECT_URI, TELL_ITS_MAKERS, client.client_id)
    return PageError(Reason.REDIRECT_URI_UNREGISTERED, UNREGISTERED, REGISTER_IT, client.client_id)


def _check_repetition(parameters: Parameters) -> None:
    """§3.1: no parameter twice; only `resource` may repeat (RFC 8707 §2)."""
    if parameters.first_repeated(SINGLE):
        raise RequestRefusedError("invalid_request", "A parameter was sent more than once; only resource may repeat.")


def _check_response_type(parameters: Parameters) -> None:
    """§4.1.1: `code` and nothing else; there is no implicit grant."""
    response_type = parameters.get("response_type")
    if response_type is None:
        raise RequestRefusedError("invalid_request", "The parameter response_type is missing; it must be code.")
    if response_type != "code":
        description = "The only response type here is code."
        raise RequestRefusedError("unsupported_response_type", description, Reason.RESPONSE_TYPE_UNSUPPORTED)


def _state(parameters: Parameters) -> str | None:
    """§4.1.1: opaque to us, bounded in length."""
    if _is_long(parameters.get("state")):
        raise RequestRefusedError("invalid_request", "The parameter state is longer than 4 KB.")
    return parameters.get("state")


def _code_challenge(parameters: Parameters) -> str:
    """RFC 7636 §4.3, §4.4.1 and OAuth 2.1 §7.5.1: required of every client, S256 and nothing else."""
    challenge = parameters.get("code_challenge")
    if challenge is None:
        description = "The parameter code_challenge is required: use PKCE with S256."
        raise RequestRefusedError("invalid_request", description, Reason.PROOF_KEY_MISSING)
    if parameters.get("code_challenge_method") != pkce.METHOD:
        description = "The parameter code_challenge_method must be S256."
        raise RequestRefusedError("invalid_request", description, Reason.PROOF_KEY_MISSING)
    if not pkce.is_well_formed(challenge):
        description = "The parameter code_challenge must be 43 to 128 characters of URL-safe base64."
        raise RequestRefusedError("invalid_request", description, Reason.PROOF_KEY_MISSING)
    return challenge


def _details(requested: str | None) -> Details | None:
    """RFC 9396 §5."""
    if requested is None:
        return None
    try:
        return parse_details(requested)
    except InvalidDetailsError:
        description = "The authorization_details are not understood: use type memory or server, or leave them out."
        raise RequestRefusedError("invalid_authorization_details", description, Reason.DETAILS_REFUSED) from None


def _returnable_state(parameters: Parameters) -> str | None:
    """An error carries the state too, unless there are two of them or it is itself the fault."""
    state = parameters.get("state")
    return None if parameters.first_repeated(("state",)) or _is_long(state) else state


def _is_long(state: str | None) -> bool:
    return state is not None and len(state.encode(errors="replace")) > MAX_STATE_BYTES
