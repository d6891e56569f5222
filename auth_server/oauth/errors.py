"""The errors of the authorization endpoint: those that never leave this site, and those a client may hear of."""

from dataclasses import dataclass

from authlib.oauth2.rfc6749 import OAuth2Error


class InvalidTargetError(OAuth2Error):
    """RFC 8707 §2: the requested resource is unknown or malformed."""

    error = "invalid_target"


@dataclass
class PageError(Exception):
    """RFC 6749 §4.1.2.1: client or redirect URI cannot be trusted, so the person is told and nobody is redirected."""

    code: str
    description: str
    next_step: str = ""
    """What the person can do, where it is not what always helps."""


@dataclass
class RedirectableError(Exception):
    """An error the client may hear of at its verified redirect URI; whether it is redirected is the page's decision."""

    code: str
    description: str
    redirect_uri: str
    client_id: str
    state: str | None = None
