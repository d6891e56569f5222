"""Forms that act once however often they are sent: each carries a nonce that its first answer spends."""

import hashlib

from itsdangerous import BadData, URLSafeTimedSerializer

from auth_server.consent.signed_requests import LIFETIME, StaleRequestError
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices
from shared.refusals import Reason
from shared.secrets import new_secret

FIELD = "once"


def new_nonce(services: PageServices, browser: SignedInBrowser) -> str:
    """What the form carries: bound to the session, good for 15 minutes."""
    return str(_serializer(services).dumps([browser.session_digest, new_secret("once")]))


def read_nonce(services: PageServices, browser: SignedInBrowser, signed: str) -> str:
    """What `claim` spends, in the transaction that acts. Raises StaleRequestError."""
    try:
        session_digest, nonce = _serializer(services).loads(signed, max_age=LIFETIME)
    except (BadData, ValueError) as cause:
        raise StaleRequestError(Reason.FORM_STALE) from cause
    if session_digest != browser.session_digest:
        raise StaleRequestError(Reason.FORM_FOREIGN)
    return str(nonce)


def _serializer(services: PageServices) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        [services.form_key], salt="once form", signer_kwargs={"digest_method": hashlib.sha256}
    )
