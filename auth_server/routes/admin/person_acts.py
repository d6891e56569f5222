"""What an administrator can do to an account."""

from auth_server.administration.accounts import (
    LastAdministratorError,
    NotAPersonError,
    disable_account,
    enable_account,
    make_administrator,
    unmake_administrator,
)
from auth_server.membership.erasures import delete_account
from auth_server.membership.password_reset import write_reset_letter
from auth_server.models import User
from auth_server.routes.admin.acts import Act, Acts, Doing, simply
from auth_server.sign_in.sessions import sign_out_everywhere

HERE = "/admin/people"


def sign_out(doing: Doing[User]) -> None:
    """Ends browsers, connections and keys."""
    sign_out_everywhere(doing.session, doing.thing.id, by=doing.by)


def send_reset(doing: Doing[User]) -> None:
    """The link goes to the person's address alone: whoever had it could read what they remember (AS-119)."""
    core, email, by = doing.services.core, doing.thing.email, doing.by
    core.outbox.later(lambda: write_reset_letter(core, email, by=by))


def delete(doing: Doing[User]) -> str:
    """The address of the certificate, which says when the memory is destroyed."""
    return delete_account(doing.session, doing.services.settings, doing.thing, by=doing.by).link


def called(user: User) -> str:
    """What people know the account by."""
    return user.email if user.is_person else user.name


def offered(user: User) -> list[str]:
    """The acts that make sense now, the grave ones last."""
    is_open = user.disabled_at is None
    possible = {
        "enable": not is_open,
        "reset-password": user.is_person and is_open,
        "make-administrator": user.is_person and not user.is_admin,
        "unmake-administrator": user.is_admin,
        "sign-out": True,
        "disable": is_open,
        "delete": True,
    }
    return [word for word, is_possible in possible.items() if is_possible]


PERSON_ACTS: Acts[User] = Acts(
    here=HERE,
    find=lambda session, user_id: session.get(User, user_id),
    called=called,
    kind="person",
    refusals=(LastAdministratorError, NotAPersonError),
    by_word={
        "enable": Act(
            "Enable", simply(enable_account), "{name} may use Ostiary again, and so may their apps and keys."
        ),
        "reset-password": Act(
            "Send a link for a new password", send_reset, "A link for a new password is on its way to {name}."
        ),
        "make-administrator": Act(
            "Make administrator",
            simply(make_administrator),
            "{name} is an administrator now.",
            "Make {name} an administrator?",
            ("They may then do everything that you see here: people, apps, keys and rules.",),
        ),
        "unmake-administrator": Act(
            "Take the rights of an administrator",
            simply(unmake_administrator),
            "{name} is no administrator any more.",
            "Take the rights of an administrator from {name}?",
            (
                "Their keys with the scope admin open nothing any more, and nobody can accept an invitation of theirs. "
                "What they remember stays theirs.",
                "Keys and services with the scope admin that they made for programs go on working: look them over.",
            ),
            is_danger=True,
        ),
        "sign-out": Act(
            "Sign out everywhere",
            sign_out,
            "{name} is signed out everywhere.",
            "Sign {name} out everywhere?",
            (
                "Every browser, every connected app and every API key of theirs ends, within five seconds. "
                "They have to sign in and connect their apps again.",
            ),
            is_danger=True,
        ),
        "disable": Act(
            "Disable",
            simply(disable_account),
            "{name} is disabled. Within five seconds nothing of theirs works.",
            "Disable {name}?",
            (
                "They are signed out and cannot sign in; their apps and API keys are refused within five seconds.",
                "Nobody can accept an invitation of theirs any more.",
                "Nothing is deleted. When you enable the account, their apps and keys work again.",
            ),
            is_danger=True,
        ),
        "delete": Act(
            "Delete",
            delete,
            "{name} is deleted",
            "Delete {name}?",
            (
                "The account goes at once, with its apps and keys. Everything it remembers is destroyed: nobody can "
                "bring it back. To keep it, disable the account instead.",
                "You get the address of a certificate, which says when the memory is destroyed. Give it to the person.",
            ),
            types_name=True,
            is_danger=True,
            leaves=True,
            secret_label="Certificate",
        ),
    },
)
