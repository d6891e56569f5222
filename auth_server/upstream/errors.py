"""What goes wrong between here and a provider."""


class UpstreamError(Exception):
    """Nobody is signed in; `sentence` is for the person, the text is for the log and repeats nothing secret."""

    sentence = "It did not work this time."


class UnreachableProviderError(UpstreamError):
    """It did not answer, not in time, or not now."""

    sentence = "It does not answer right now. Nothing is lost: try again in a moment, or sign in another way."


class UntrueAnswerError(UpstreamError):
    """It answered something that must not be believed."""

    sentence = "Its answer could not be verified, so nobody was signed in. Try again, or sign in another way."
