"""Why a client known by a metadata document cannot be asked about now: a code for the log, sentences for the person."""

from auth_server.error_pages import PageProblem
from shared.refusals import Reason, Step

BACK_TO_THE_APP = "Go back to the app and tell its makers; connecting it another way may work meanwhile."


class DocumentError(Exception):
    """`cause` says what happened in words, `next_step` what to do; `reason` is for the log."""

    sentence = "This app cannot be connected"
    reason = Reason.DOCUMENT_UNUSABLE
    next_step = BACK_TO_THE_APP
    status = 400

    def __init__(self, cause: str, *, retry_after: int = 0) -> None:
        super().__init__(cause)
        self.cause = cause
        self.retry_after = retry_after


class DocumentsOffError(DocumentError):
    """An administrator switched documents off."""

    reason = Reason.DOCUMENTS_OFF
    next_step = "Let the app register itself, or ask your administrator for a client id."
    status = 403


class HostRefusedError(DocumentError):
    """An administrator does not let this host's documents in (AS-80)."""

    reason = Reason.HOST_NOT_ALLOWED
    next_step = "Ask your administrator to allow this host."
    status = 403


class MalformedIdError(DocumentError):
    """The id cannot be the address of a document (CIMD §3)."""

    reason = Reason.CLIENT_ID_MALFORMED


class UnusableDocumentError(DocumentError):
    """The host answers, but not with a document that describes this client (CIMD §4): it counts as withdrawn."""


class UnreachableDocumentError(DocumentError):
    """The host does not answer now; a copy that was good a short while ago may serve (CIMD §4.4)."""

    sentence = "This app cannot be checked at the moment"
    reason = Reason.DOCUMENT_UNREACHABLE
    next_step = "Try again in a minute. If it keeps failing, the app's makers have to mend it."


class TooManyDocumentsError(DocumentError):
    """More documents than one network or one host gets read (AS-79)."""

    sentence = "Too many apps were checked just now"
    reason = Reason.TOO_MANY_DOCUMENTS
    next_step = "Wait a minute, then go back to the app and connect it again."
    status = 429


def document_page(error: DocumentError, client_id: str) -> PageProblem:
    """The page; it leads nowhere but here, for nothing the app said of itself was verified."""
    return PageProblem(
        error.sentence,
        error.cause,
        error.next_step,
        step=Step.AUTHORIZATION,
        reason=error.reason,
        client_id=client_id,
        status=error.status,
        retry_after=error.retry_after,
    )
