"""What our messages say: one function a message, in words for people."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Letter:
    """A message before it is drawn. `kind` is for the log, which learns nothing else of it."""

    kind: str
    to: str
    subject: str
    sentences: tuple[str, ...]
    link: str = field(default="", repr=False)
    link_label: str = ""
    closing: tuple[str, ...] = ()


NOT_YOU = "If this was not you, do nothing: without the link nothing happens."


def invitation_letter(to: str, link: str, inviter: str, site: str) -> Letter:
    """Somebody may make an account."""
    return Letter(
        kind="invitation",
        to=to,
        subject="You are invited to Ostiary",
        sentences=(
            f"{inviter or 'An administrator'} invited you to the Ostiary at {site}.",
            "It remembers for the apps you choose, and nobody else reads what it remembers.",
        ),
        link=link,
        link_label="Accept the invitation",
        closing=("The link works once, for seven days.",),
    )


def sign_up_letter(to: str, link: str, site: str) -> Letter:
    """Somebody who wants an account proves that the address is theirs."""
    return Letter(
        kind="sign_up",
        to=to,
        subject="Your account at Ostiary",
        sentences=(f"Somebody, probably you, wants an account with this address at {site}.",),
        link=link,
        link_label="Make the account",
        closing=("The link works once, for 24 hours.", NOT_YOU),
    )


def already_signed_up_letter(to: str, link: str, site: str) -> Letter:
    """The same question about an address that has an account: its owner is told, the page is not."""
    return Letter(
        kind="already_signed_up",
        to=to,
        subject="You have an account at Ostiary",
        sentences=(
            f"Somebody, probably you, wanted an account with this address at {site}.",
            "There is one already. Sign in with it; the sign-in page also helps if the password is forgotten.",
        ),
        link=link,
        link_label="Sign in",
        closing=("If this was not you, do nothing: nothing has changed.",),
    )


def reset_letter(to: str, link: str, site: str) -> Letter:
    """A forgotten password."""
    return Letter(
        kind="password_reset",
        to=to,
        subject="A new password for Ostiary",
        sentences=(f"Somebody, probably you, asked for a new password at {site}.",),
        link=link,
        link_label="Choose a new password",
        closing=("The link works once, for an hour.", NOT_YOU),
    )


def password_changed_letter(to: str, link: str, site: str) -> Letter:
    """The owner learns of a change that somebody else may have made."""
    return Letter(
        kind="password_changed",
        to=to,
        subject="Your password at Ostiary was changed",
        sentences=(
            f"The password of your account at {site} was changed with a link from a message to this address.",
            "You were signed out everywhere, and apps have to be connected again.",
        ),
        link=link,
        link_label="Choose another password",
        closing=("If this was not you, choose another password now, and look who else reads your mail.",),
    )


def new_address_letter(to: str, link: str, site: str) -> Letter:
    """The new address proves itself."""
    return Letter(
        kind="new_address",
        to=to,
        subject="Confirm your new address at Ostiary",
        sentences=(f"Somebody, probably you, wants to sign in at {site} with this address from now on.",),
        link=link,
        link_label="Use this address",
        closing=("The link works once, for 24 hours.", NOT_YOU),
    )


def address_taken_letter(to: str, site: str) -> Letter:
    """The same question about an address that another account has."""
    return Letter(
        kind="address_taken",
        to=to,
        subject="Your address at Ostiary",
        sentences=(
            f"Somebody wanted to sign in at {site} with this address from now on.",
            "It belongs to an account already, so nothing has changed.",
        ),
    )


def address_changing_letter(to: str, new: str, site: str) -> Letter:
    """The old address is told before anything changes."""
    return Letter(
        kind="address_changing",
        to=to,
        subject="Your address at Ostiary is about to change",
        sentences=(
            f"Somebody who is signed in as you at {site} asked to sign in with {new} instead of this address.",
            "It changes as soon as the new address is confirmed.",
        ),
        closing=("If this was not you, sign in, choose a new password, and sign out everywhere.",),
    )


def address_changed_letter(to: str, new: str, site: str) -> Letter:
    """The old address is told afterwards as well."""
    return Letter(
        kind="address_changed",
        to=to,
        subject="Your address at Ostiary was changed",
        sentences=(f"Your account at {site} is signed in to with {new} from now on, and no longer with this address.",),
        closing=("If this was not you, write to whoever runs it.",),
    )


def account_deleted_letter(to: str, link: str, site: str) -> Letter:
    """The last message: where the certificate will be."""
    return Letter(
        kind="account_deleted",
        to=to,
        subject="Your account at Ostiary is deleted",
        sentences=(
            f"The account with this address at {site} is deleted, and its memories are being destroyed.",
            "This address shows how far that is, and the certificate when nothing is left.",
        ),
        link=link,
        link_label="See the certificate",
    )
