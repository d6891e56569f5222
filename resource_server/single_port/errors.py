"""Why a request is not passed on: one class for each reason, with the status and the sentences the client gets."""

from shared.refusals import Reason


class NotPassedOnError(Exception):
    """A request the authorization server does not hear of; `reason` is for the log."""

    reason = Reason.REQUEST_MALFORMED
    status = 400
    heading = "That did not work"
    sentence = "The request is malformed."


class MalformedRequestError(NotPassedOnError):
    """Its head cannot be passed on without guessing what was meant, or where it ends (RFC 9112 §6.3)."""


class MethodRefusedError(NotPassedOnError):
    """CONNECT and TRACE speak to intermediaries, and we are none that obeys strangers."""

    reason = Reason.WRONG_METHOD
    status = 405
    sentence = "This address does not answer to that method."


class SlowClientError(NotPassedOnError):
    """The body did not end in time: whoever drips holds two connections here and one more inside."""

    reason = Reason.SLOW_CLIENT
    status = 408
    sentence = "The request took too long to arrive."


class LongBodyError(NotPassedOnError):
    """More than this server takes from anybody."""

    reason = Reason.BODY_TOO_LARGE
    status = 413
    sentence = "The request is too large."


class HeadTooLargeError(NotPassedOnError):
    """RFC 6585 §5: more header than any browser or app sends."""

    reason = Reason.HEAD_TOO_LARGE
    status = 431
    sentence = "The request has too many or too large headers."


class BusyError(NotPassedOnError):
    """As many requests as may be are on their way already."""

    reason = Reason.TOO_MANY_AT_ONCE
    status = 503
    heading = "Too much is happening at once"
    sentence = "Too many requests are under way at once. Try again in a moment."


class SilentServerError(NotPassedOnError):
    """The authorization server did not answer; a moment later it may."""

    reason = Reason.AUTH_SERVER_UNREACHABLE
    status = 503
    heading = "Nobody can sign in at the moment"
    sentence = "The part of Ostiary that signs people in does not answer. Try again in a moment."
