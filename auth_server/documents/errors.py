"""Why a client known by a metadata document cannot be asked about now: a code for the log, sentences for the person."""

from urllib.parse import urlsplit

from auth_server.web.error_pages import PageProblem
from shared.refusals import Reason, Step

OTHER_WAYS = "if it offers to register itself, or to take a client id that your administrator makes, that may work."


class DocumentError(Exception):
    """`cause` is for the makers of the app, and for the log as `reason` is; the rest is for the person.

    `heading`, `said` and `next_step` may name the `{host}` of the document.
    """

    heading = "{host} cannot be connected"
    said = "What {host} publishes about this app is not what a server needs to connect it."
    next_step = f"Only its makers can mend that: please tell them. Meanwhile look at the app's settings; {OTHER_WAYS}"
    reason = Reason.DOCUMENT_UNUSABLE
    status = 400

    def __init__(self, cause: str, *, retry_after: int = 0) -> None:
        super().__init__(cause)
        self.cause = cause
        self.retry_after = retry_after


class DocumentsOffError(DocumentError):
    """An administrator switched documents off."""

    said = "Apps that are known by a page of their host, as this one is, are switched off here."
    next_step = "Let the app register itself, if it can, or ask your administrator for a client id to enter in it."
    reason = Reason.DOCUMENTS_OFF
    status = 403


class HostRefusedError(DocumentError):
    """An administrator does not let this host's documents in (AS-80)."""

    said = "Your administrator does not let apps of {host} connect."
    next_step = "Ask your administrator to allow this host."
    reason = Reason.HOST_NOT_ALLOWED
    status = 403


class MalformedIdError(DocumentError):
    """The id cannot be the address of a document (CIMD §3)."""

    # Nothing is taken from an address that is none.
    heading = "This app cannot be connected"
    said = "The app did not say properly who it is."
    next_step = f"Go back to the app and tell its makers. Meanwhile look at its settings; {OTHER_WAYS}"
    reason = Reason.CLIENT_ID_MALFORMED


class UnusableDocumentError(DocumentError):
    """The host answers, but not with a document that describes this client (CIMD §4): it counts as withdrawn."""


class UnreachableDocumentError(DocumentError):
    """The host does not answer now; a copy that was good a short while ago may serve (CIMD §4.4)."""

    heading = "{host} does not answer"
    said = "This server asked {host} about the app, to be sure of it, and got no answer."
    next_step = f"Try again in a minute. If it keeps failing, tell the app's makers; {OTHER_WAYS}"
    reason = Reason.DOCUMENT_UNREACHABLE


class TooManyDocumentsError(DocumentError):
    """More documents than one network or one host gets read (AS-79)."""

    heading = "Too many apps were checked just now"
    said = "Before it connects an app, this server asks the app's host about it, and does so only so often."
    next_step = "Wait a minute, then go back to the app and connect it again."
    reason = Reason.TOO_MANY_DOCUMENTS
    status = 429


def document_page(error: DocumentError, client_id: str) -> PageProblem:
    """The page; it leads nowhere but here, for nothing the app said of itself was verified."""
    host = _host(client_id)
    return PageProblem(
        error.heading.format(host=host),
        error.said.format(host=host),
        error.next_step.format(host=host),
        step=Step.AUTHORIZATION,
        reason=error.reason,
        client_id=client_id,
        status=error.status,
        retry_after=error.retry_after,
        technical=error.cause,
    )


def _host(client_id: str) -> str:
    """Empty for an address that is none: only the pages that name no host are drawn for it."""
    try:
        return urlsplit(client_id).netloc
    except ValueError:
        return ""
