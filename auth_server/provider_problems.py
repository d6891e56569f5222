"""The pages of a sign-in with another provider that led nowhere: what happened, and what to do instead."""

from auth_server.upstream.errors import UpstreamError
from auth_server.upstream.providers import Provider
from auth_server.web.error_pages import PageProblem
from shared.refusals import Reason, Step


def no_such_provider() -> PageProblem:
    """For a name that is in nobody's settings."""
    return PageProblem(
        "This provider is not known here",
        "People cannot sign in here with it, or not any more.",
        "Sign in another way.",
        step=Step.SIGN_IN,
        reason=Reason.WRONG_PATH,
        status=404,
        link="/login",
        link_label="Sign in",
    )


def sign_in_stale() -> PageProblem:
    """For an answer that belongs to no sign-in of this browser that is under way."""
    return PageProblem(
        "This sign-in cannot be completed",
        "It was begun in another browser, was completed before, or took longer than ten minutes.",
        "Begin again, and allow cookies for this site.",
        step=Step.SIGN_IN,
        reason=Reason.FORM_STALE,
        link="/login",
        link_label="Sign in",
    )


def not_signed_in_there(provider: Provider) -> PageProblem:
    """The person pressed Cancel there, or the provider refused."""
    return PageProblem(
        f"You did not sign in with {provider.shown}",
        "You cancelled there, or it did not let you go on.",
        "Try again, or sign in another way.",
        step=Step.SIGN_IN,
        reason=Reason.DENIED,
        link="/login",
        link_label="Sign in",
    )


def provider_failed(provider: Provider, error: UpstreamError) -> PageProblem:
    """The provider is silent, or says what is not true."""
    return PageProblem(
        f"Signing in with {provider.shown} did not work",
        error.sentence,
        "If it goes on, tell whoever runs this Ostiary, with the reference below.",
        step=Step.SIGN_IN,
        reason=Reason.PROVIDER_FAILED,
        log_cause=str(error),
        link="/login",
        link_label="Sign in",
    )


def address_taken(provider: Provider, email: str) -> PageProblem:
    """A provider's word about an address opens no account that exists."""
    return PageProblem(
        "This e-mail address has an account here already",
        f"{provider.shown} says that {email} is yours. The account is not linked to {provider.shown} yet.",
        f"Sign in with your password first. Then link {provider.shown} on the page Security.",
        step=Step.SIGN_IN,
        reason=Reason.ACCOUNT_UNKNOWN,
        status=403,
        link="/login",
        link_label="Sign in",
    )


def identity_unknown(provider: Provider, email: str) -> PageProblem:
    """Nobody's identity, and nobody was invited for it."""
    whose = f"with {email}" if email else "with an e-mail address that it has verified"
    return PageProblem(
        "You have no account here",
        f"Nobody signs in here with your account at {provider.shown}, and it may not make one.",
        f"Ask whoever runs this Ostiary to invite you; then come back {whose}.",
        step=Step.SIGN_IN,
        reason=Reason.ACCOUNT_UNKNOWN,
        status=403,
        link="/login",
        link_label="Sign in",
    )


def account_turned_off() -> PageProblem:
    """The person is who they say; the account is disabled."""
    return PageProblem(
        "Your account is turned off",
        "An administrator of this Ostiary turned it off.",
        "Ask them to turn it on again.",
        step=Step.SIGN_IN,
        reason=Reason.ACCOUNT_DISABLED,
        status=403,
        link="/login",
        link_label="Sign in",
    )


def identity_of_another(provider: Provider) -> PageProblem:
    """One identity opens one account."""
    return PageProblem(
        f"This account at {provider.shown} belongs to somebody else here",
        "It opens another account of this Ostiary, so it was not linked to yours.",
        f"Sign out at {provider.shown} and link the right one, or unlink it there first.",
        step=Step.ACCOUNT,
        reason=Reason.OTHER_PERSON,
        status=409,
        link="/account/security",
        link_label="Security",
    )


def too_many_tries(seconds: int) -> PageProblem:
    """The network has to wait."""
    return PageProblem(
        "Too many sign-ins were begun",
        "Many sign-ins were begun from your network in the last minutes and not completed.",
        "Wait a few minutes, or sign in another way.",
        step=Step.SIGN_IN,
        reason=Reason.TOO_MANY_ATTEMPTS,
        status=429,
        retry_after=seconds,
        link="/login",
        link_label="Sign in",
    )
