"""Why there is no answer of a server: each a sentence for people."""


class UnreachableError(Exception):
    """The server does not answer; the text is a sentence for people."""


class HeldBackError(UnreachableError):
    """Something else than the server is in the way. Nothing was sent."""


class BusyError(HeldBackError):
    """There is no room for one more call at the moment. Nothing was sent."""


class UnsentError(UnreachableError):
    """The server could not be connected to, or does not know the conversation any more: it did nothing."""


class NotModernError(UnreachableError):
    """The server refused a request as one of an earlier revision does; it did nothing."""


class LostError(UnreachableError):
    """The connection ended on the way; whether the server did something is not known."""


class TooLargeError(UnreachableError):
    """The server answered with more than is taken."""
