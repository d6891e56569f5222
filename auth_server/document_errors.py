"""Why a client known by a metadata document cannot be asked about now: a code for the log, sentences for the person."""

from auth_server.error_pages import PageProblem

STEP = "client_document"
BACK_TO_THE_APP = "Go back to the app and tell its makers; connecting it another way may work meanwhile."


class DocumentError(Exception):
    """`cause` says what happened in words, `next_step` what to do; `reason` is for the log."""

    sentence = "This app cannot be connected"
    reason = ""
    next_step = BACK_TO_THE_APP
    status = 400

    def __init__(self, cause: str, *, retry_after: int = 0) -> None:
        super().__init__(cause)
        self.cause = cause
        self.retry_after = retry_after


class DocumentsOffError(DocumentError):
    """An administrator switched documents off."""

    reason = "documents_are_switched_off"
    next_step = "Let the app register itself, or ask your administrator for a client id."
    status = 403


class HostRefusedError(DocumentError):
    """An administrator does not let this host's documents in (AS-80)."""

    reason = "host_not_allowed"
    next_step = "Ask your administrator to allow this host."
    status = 403


class MalformedIdError(DocumentError):
    """The id cannot be the address of a document (CIMD §3)."""

    reason = "malformed_client_id"


class UnusableDocumentError(DocumentError):
    """The host answers, but not with a document that describes this client (CIMD §4): it counts as withdrawn."""

    reason = "unusable_document"


class UnreachableDocumentError(DocumentError):
    """The host does not answer now; a copy that was good a short while ago may serve (CIMD §4.4)."""

    sentence = "This app cannot be checked at the moment"
    reason = "document_unreachable"
    next_step = "Try again in a minute. If it keeps failing, the app's makers have to mend it."


class TooManyDocumentsError(DocumentError):
    """More documents than one network or one host gets read (AS-79)."""

    sentence = "Too many apps were checked just now"
    reason = "too_many_documents"
    next_step = "Wait a minute, then go back to the app and connect it again."
    status = 429


def document_page(error: DocumentError) -> PageProblem:
    """The page; it leads nowhere but here, for nothing the app said of itself was verified."""
    return PageProblem(
        error.sentence,
        error.cause,
        error.next_step,
        status=error.status,
        reason=error.reason,
        step=STEP,
        retry_after=error.retry_after,
    )
