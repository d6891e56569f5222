"""The errors of the authorization endpoint: those that never leave this site, and those a client may hear of."""

from dataclasses import dataclass

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, OAuth2Error

from shared.refusals import Reason

REASONS = {
    "access_denied": Reason.REGISTRATION_OFF,
    "invalid_client": Reason.CREDENTIAL_WRONG,
    "invalid_client_metadata": Reason.METADATA_REFUSED,
    "invalid_redirect_uri": Reason.REDIRECT_URI_REFUSED,
    "invalid_scope": Reason.SCOPE_REFUSED,
    "invalid_target": Reason.RESOURCE_UNKNOWN,
    "invalid_token": Reason.REGISTRATION_CREDENTIAL_REFUSED,
    "unsupported_grant_type": Reason.GRANT_TYPE_UNSUPPORTED,
}
"""What the log says of an error that has no reason of its own, by its code; else the request is malformed."""


def reason_of(error: OAuth2Error) -> Reason:
    """Why the endpoint refused."""
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, Reason) else REASONS.get(str(error.error), Reason.REQUEST_MALFORMED)


class GrantRefusedError(InvalidGrantError):
    """RFC 6749 §5.2: a code or a refresh token that gives nothing; the description says what to do instead."""

    def __init__(self, reason: Reason, description: str) -> None:
        super().__init__(description)
        self.reason = reason


class TwoCredentialsError(InvalidRequestError):
    """OAuth 2.1 §2.4: one request, one way to authenticate."""

    reason = Reason.TWO_CREDENTIALS


class InvalidTargetError(OAuth2Error):
    """RFC 8707 §2: the requested resource is unknown or malformed."""

    error = "invalid_target"


class InvalidAuthorizationDetailsError(OAuth2Error):
    """RFC 9396 §5: the details are of an unknown type, malformed, or beyond what there is to give."""

    error = "invalid_authorization_details"
    reason = Reason.DETAILS_REFUSED


@dataclass
class PageError(Exception):
    """RFC 6749 §4.1.2.1: client or redirect URI cannot be trusted, so the person is told and nobody is redirected."""

    reason: Reason
    description: str
    next_step: str = ""
    """What the person can do, where it is not what always helps."""
    client_id: str | None = None


@dataclass
class RedirectableError(Exception):
    """An error the client may hear of at its verified redirect URI; whether it is redirected is the page's decision."""

    code: str
    description: str
    redirect_uri: str
    client_id: str
    reason: Reason
    state: str | None = None


class RequestRefusedError(Exception):
    """What is wrong with an authorization request whose redirect URI is verified: code, description and reason."""

    def __init__(self, code: str, description: str, reason: Reason = Reason.REQUEST_MALFORMED) -> None:
        super().__init__(code, description, reason)
