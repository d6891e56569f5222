"""RFC 7591 §3: who may use the registration endpoint, and what everybody else is told."""

from authlib.oauth2.rfc6749 import OAuth2Error
from sqlmodel import Session

from auth_server.oauth.requests import WireRequest
from auth_server.trust.initial_access_tokens import is_good_initial_access_token
from auth_server.trust.rules import RegistrationMode, documents_allowed, registration_mode

CHALLENGE = 'Bearer realm="client registration"'


class BearerError(OAuth2Error):
    """RFC 6750 §3: 401 with a challenge, which names an error only to whoever sent a token."""

    error = "invalid_token"
    status_code = 401

    def __init__(self, description: str, *, token_was_sent: bool = True) -> None:
        super().__init__(description)
        self.token_was_sent = token_was_sent

    def get_headers(self) -> list[tuple[str, str]]:
        """The challenge."""
        named = ', error="invalid_token"' if self.token_was_sent else ""
        return [("WWW-Authenticate", CHALLENGE + named)]


class RegistrationOffError(OAuth2Error):
    """Nobody may register, so 403 and no challenge: RFC 6750 §3.1 keeps 401 for what a token could change.

    RFC 7591 §3.2.2 has codes for bad metadata alone; `access_denied` is the one that clients know for a refusal.
    """

    error = "access_denied"
    status_code = 403


def check_may_register(session: Session, request: WireRequest) -> None:
    """Raises RegistrationOffError, or BearerError where an initial access token is needed."""
    mode = registration_mode(session)
    if mode is RegistrationMode.OFF:
        raise RegistrationOffError(f"Apps cannot register themselves at this server. {_other_ways(session)}")
    if mode is RegistrationMode.TOKEN:
        _check_token(session, request.bearer_token)


def check_may_become_another(session: Session) -> None:
    """RFC 7592 §2.2: a change that makes another client of one is a registration. Raises RegistrationOffError.

    Whoever may not register any more cannot do so by changing what was registered before. An initial access token
    opens the registration endpoint alone: here the request is authorized by the registration's own token.
    """
    if registration_mode(session) is not RegistrationMode.OPEN:
        raise RegistrationOffError(
            "This app may not change its name, its redirect hosts, or how it proves itself: "
            f"registration is not open at this server. {_other_ways(session)}"
        )


def _check_token(session: Session, token: str) -> None:
    if not token:
        reason = f"Registration needs an initial access token from the administrator. {_other_ways(session)}"
        raise BearerError(reason, token_was_sent=False)
    if not is_good_initial_access_token(session, token):
        raise BearerError("The initial access token is unknown or has expired; ask the administrator for a new one.")


def _other_ways(session: Session) -> str:
    ask = "ask its administrator for a client id"
    if documents_allowed(session):
        return f"Use an app that is known by a client ID metadata document, or {ask}."
    return f"{ask[0].upper()}{ask[1:]}."
