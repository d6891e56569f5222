"""Why a connection was refused: a step of the way and a reason, from closed vocabularies, in one line of the log.

`docs/connecting.md` has a row for every reason: what people see, what it is, what to do.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum

import structlog

EVENT = "refused"
log = structlog.get_logger(__name__)


class Step(StrEnum):
    """How far an app has come."""

    REACH = "reach"
    DISCOVERY = "discovery"
    REGISTRATION = "registration"
    AUTHORIZATION = "authorization"
    SIGN_IN = "sign-in"
    CONSENT = "consent"
    TOKEN = "token"
    REFRESH = "refresh"
    REVOCATION = "revocation"
    CALL = "call"
    ACCOUNT = "account"
    """A person's own pages, not an app's way."""


class Reason(StrEnum):
    """What was wrong. Several steps may share one."""

    WRONG_HOST = "wrong_host"
    PLAIN_HTTP = "plain_http"
    FOREIGN_ORIGIN = "foreign_origin"
    BODY_TOO_LARGE = "body_too_large"
    HEAD_TOO_LARGE = "head_too_large"
    SLOW_CLIENT = "slow_client"
    REQUEST_MALFORMED = "request_malformed"
    WRONG_METHOD = "wrong_method"
    AUTH_SERVER_UNREACHABLE = "auth_server_unreachable"
    SERVER_FAILED = "server_failed"

    WRONG_PATH = "wrong_path"
    NO_METADATA_HERE = "no_metadata_here"

    REGISTRATION_OFF = "registration_off"
    REGISTRATION_CREDENTIAL_REFUSED = "registration_credential_refused"
    REDIRECT_URI_REFUSED = "redirect_uri_refused"
    METADATA_REFUSED = "metadata_refused"
    TOO_MANY_REGISTRATIONS = "too_many_registrations"

    CLIENT_UNKNOWN = "client_unknown"
    CLIENT_BLOCKED = "client_blocked"
    CLIENT_NOT_NAMED = "client_not_named"
    CLIENT_ID_MALFORMED = "client_id_malformed"
    DOCUMENTS_OFF = "documents_off"
    HOST_NOT_ALLOWED = "host_not_allowed"
    DOCUMENT_UNUSABLE = "document_unusable"
    DOCUMENT_UNREACHABLE = "document_unreachable"
    DOCUMENT_WITHDRAWN = "document_withdrawn"
    TOO_MANY_DOCUMENTS = "too_many_documents"
    REDIRECT_URI_UNREGISTERED = "redirect_uri_unregistered"
    REDIRECT_URI_NOT_IN_DOCUMENT = "redirect_uri_not_in_document"
    REDIRECT_URI_NOT_NAMED = "redirect_uri_not_named"
    RESPONSE_TYPE_UNSUPPORTED = "response_type_unsupported"
    PROOF_KEY_MISSING = "proof_key_missing"
    SCOPE_REFUSED = "scope_refused"
    DETAILS_REFUSED = "details_refused"
    RESOURCE_UNKNOWN = "resource_unknown"
    SILENCE_NOT_TRUSTED = "silence_not_trusted"
    PERSON_NEEDED = "person_needed"

    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_DISABLED = "account_disabled"
    WRONG_PASSWORD = "wrong_password"
    WRONG_CODE = "wrong_code"
    PASSKEY_REFUSED = "passkey_refused"
    SIGN_IN_AGAIN = "sign_in_again"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    TOO_MANY_AT_ONCE = "too_many_at_once"
    PROVIDER_FAILED = "provider_failed"
    SETUP_LINK_DEAD = "setup_link_dead"
    INVITATION_DEAD = "invitation_dead"
    SIGN_UP_OFF = "sign_up_off"
    MAIL_LINK_DEAD = "mail_link_dead"
    MEMORIES_UNREADABLE = "memories_unreadable"
    ERASURE_UNKNOWN = "erasure_unknown"
    NOT_ADMINISTRATOR = "not_administrator"

    FORM_FOREIGN = "form_foreign"
    FORM_STALE = "form_stale"
    FORM_ANSWERED = "form_answered"
    PASSWORD_MISSING = "password_missing"
    CHOICE_UNUSABLE = "choice_unusable"
    APP_CHANGED = "app_changed"
    DENIED = "denied"
    NOT_CONNECTED = "not_connected"
    CHANGED_MEANWHILE = "changed_meanwhile"

    GRANT_TYPE_UNSUPPORTED = "grant_type_unsupported"
    GRANT_TYPE_NOT_ALLOWED = "grant_type_not_allowed"
    CREDENTIAL_WRONG = "credential_wrong"
    TWO_CREDENTIALS = "two_credentials"
    ASSERTION_REFUSED = "assertion_refused"
    CLIENT_KEYS_UNREACHABLE = "client_keys_unreachable"
    DEVICE_WAITS = "device_waits"
    POLLED_TOO_SOON = "polled_too_soon"
    USER_CODE_UNKNOWN = "user_code_unknown"
    CODE_UNKNOWN = "code_unknown"
    CODE_EXPIRED = "code_expired"
    CODE_USED = "code_used"
    REDIRECT_URI_MISMATCH = "redirect_uri_mismatch"
    VERIFIER_MISMATCH = "verifier_mismatch"
    GRANT_ENDED = "grant_ended"

    REFRESH_TOKEN_UNKNOWN = "refresh_token_unknown"
    REFRESH_TOKEN_EXPIRED = "refresh_token_expired"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    ADDRESS_CHANGED = "address_changed"

    TOKEN_MISSING = "token_missing"
    TOKEN_MALFORMED = "token_malformed"
    TOKEN_IN_URL = "token_in_url"
    TOKEN_EXPIRED = "token_expired"
    TOKEN_FOREIGN = "token_foreign"
    KEY_REFUSED = "key_refused"
    OTHER_ISSUER = "other_issuer"
    OTHER_AUDIENCE = "other_audience"
    OTHER_PERSON = "other_person"
    SCOPE_MISSING = "scope_missing"
    SESSION_UNKNOWN = "session_unknown"
    SESSION_MISSING = "session_missing"
    TOO_MANY_SESSIONS = "too_many_sessions"
    TOO_MANY_REQUESTS = "too_many_requests"
    NOTHING_READABLE = "nothing_readable"
    MESSAGE_REFUSED = "message_refused"
    RESOURCE_SERVER_UNKNOWN = "resource_server_unknown"


ORDINARY = frozenset(
    {
        Reason.NO_METADATA_HERE,
        Reason.WRONG_PATH,
        Reason.PERSON_NEEDED,
        Reason.DENIED,
        Reason.CHOICE_UNUSABLE,
        Reason.CHANGED_MEANWHILE,
        Reason.POLLED_TOO_SOON,
        Reason.USER_CODE_UNKNOWN,
        Reason.TOKEN_EXPIRED,
        Reason.SCOPE_MISSING,
        Reason.SESSION_UNKNOWN,
        Reason.SESSION_MISSING,
        Reason.MESSAGE_REFUSED,
    }
)
"""What happens to healthy connections too: INFO. Everything else is a WARNING."""

QUIET = frozenset({Reason.TOKEN_MISSING, Reason.DEVICE_WAITS})
"""How every connection begins, and what a device hears every five seconds while its person types: DEBUG."""

refusal_sink: ContextVar[Callable[[Reason], None] | None] = ContextVar("refusal_sink", default=None)
"""Who counts the refusals of the request that is being answered; see shared/activity.py."""

_OWN_CLIENT_ID = re.compile(r"(?:cli|key)_[0-9a-z]{26}")
_DOCUMENT_ID = re.compile(r"https://[A-Za-z0-9._~:/-]{1,200}")
_NETWORK_NAME = re.compile(r"[A-Za-z0-9.:/_\[\]-]{1,100}")


def note_refusal(
    step: Step,
    reason: Reason,
    *,
    client_id: str | None = None,
    reference: str = "",
    name: str = "",
    cause: str = "",
) -> None:
    """The one line; whatever answers the request must say the same in words, and what to change.

    `reference` stands on the page a person sees. `name` is a host or an origin that somebody sent, `cause` a sentence
    of ours. What is `QUIET` is DEBUG.
    """
    sink = refusal_sink.get()
    if sink is not None:
        sink(reason)
    facts = {"client_id": loggable_client_id(client_id), "reference": reference, "name": _shown(name), "cause": cause}
    told = {key: value for key, value in facts.items() if value}
    if reason in QUIET:
        log.debug(EVENT, step=step.value, reason=reason.value, **told)
    elif reason in ORDINARY:
        log.info(EVENT, step=step.value, reason=reason.value, **told)
    else:
        log.warning(EVENT, step=step.value, reason=reason.value, **told)


def loggable_client_id(client_id: str | None) -> str:
    """An id in a form of ours, or a document's address without its query; anything else a stranger may have made up."""
    address = (client_id or "").partition("?")[0]
    is_ours = _OWN_CLIENT_ID.fullmatch(address) or _DOCUMENT_ID.fullmatch(address)
    return address if is_ours else ""


def _shown(name: str) -> str:
    return name if _NETWORK_NAME.fullmatch(name) else ""
