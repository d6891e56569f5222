"""What goes wrong between this installation and an authorization server; each text is a sentence for people."""


class OAuthProblemError(Exception):
    """The connection is not made, or not kept."""


class NotProtectedError(OAuthProblemError):
    """Nothing says that the server protects itself by OAuth."""


class UnusableServerError(OAuthProblemError):
    """What an authorization server says of itself cannot be used, or not safely."""


class NotAnsweringError(OAuthProblemError):
    """No answer, or none now: the same may work later."""


class TokenRefusedError(OAuthProblemError):
    """RFC 6749 §5.2: the token endpoint refuses. `code` is its error."""

    def __init__(self, said: str, code: str) -> None:
        super().__init__(said)
        self.code = code


class AttemptRefusedError(OAuthProblemError):
    """Who comes back from an authorization server is not who left, came before, or comes too late."""


class DeniedError(OAuthProblemError):
    """RFC 6749 §4.1.2.1: the person did not allow it, or the authorization server did not."""
