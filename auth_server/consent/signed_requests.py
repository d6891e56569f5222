"""The request object of a consent form: signed by us, bound to the session, good for 15 minutes, answered once."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlmodel import Session

from auth_server.models import SpentRequest
from auth_server.oauth.authorization_code import reissue_code
from auth_server.oauth.authorization_request import AuthorizationRequest
from auth_server.web.browser import SignedInBrowser
from shared.clock import now
from shared.refusals import Reason
from shared.secrets import digest, new_secret

LIFETIME = 15 * 60
DOUBLE_CLICK = timedelta(seconds=10)


class StaleRequestError(Exception):
    """The request object is changed, too old, another session's, or was answered before: `reason` says which."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class ConsentRequest:
    """The query of an authorization request, what its page showed and when, and the nonce that makes its form unique.

    `proof` is the nonce of the sign-in that led to the page, or empty.
    """

    shown_at: datetime
    nonce: str
    query: str
    shown: str
    proof: str = ""


class ConsentRequests:
    """Signs and opens request objects."""

    def __init__(self, key: bytes) -> None:
        self._serializer = URLSafeTimedSerializer(
            [key], salt="consent request", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def sign(self, query: str, wanted: AuthorizationRequest, browser: SignedInBrowser, proof: str) -> str:
        """A new request object for this person's session."""
        asked = [new_secret("cr"), query, shown_digest(wanted), proof]
        return str(self._serializer.dumps([browser.session_digest, *asked]))

    def open(self, signed: str, browser: SignedInBrowser) -> ConsentRequest:
        """What was signed, if it was for this session and within the last 15 minutes. Raises StaleRequestError."""
        try:
            (session_digest, *asked), shown_at = self._serializer.loads(signed, max_age=LIFETIME, return_timestamp=True)
        except (BadData, ValueError) as cause:
            raise StaleRequestError(Reason.FORM_STALE) from cause
        if session_digest != browser.session_digest:
            raise StaleRequestError(Reason.FORM_FOREIGN)
        return ConsentRequest(shown_at, *asked)


def shown_digest(wanted: AuthorizationRequest) -> str:
    """What a client may change between the page and the press of a button: where it sends people, and who it is."""
    client = wanted.client
    said = [client.origin, client.client_name, client.redirect_uris, client.token_endpoint_auth_method]
    return digest(json.dumps([wanted.redirect_uri, *said, [scope.value for scope in wanted.scopes]]))


def note_code(session: Session, nonce: str, code: str) -> None:
    """Remembers which code the answer led to, by its digest."""
    session.get_one(SpentRequest, nonce).code_digest = digest(code)


def reissued_code(session: Session, nonce: str, lifetime: int) -> str:
    """The second click of a double click: the first click's code dies unused, and another takes its place.

    Raises StaleRequestError after ten seconds, when the code was redeemed, and when the answer was a refusal.
    """
    spent = session.get_one(SpentRequest, nonce)
    if spent.code_digest is None or now() - spent.spent_at > DOUBLE_CLICK:
        raise StaleRequestError(Reason.FORM_ANSWERED)
    code = reissue_code(session, spent.code_digest, lifetime=lifetime)
    if code is None:
        raise StaleRequestError(Reason.FORM_ANSWERED)
    spent.code_digest = digest(code)
    return code
