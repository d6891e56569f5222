"""What ends a request for a page otherwise than with that page."""

import secrets


class PageProblem(Exception):  # noqa: N818 (what a person meets is a problem)
    """A page that says what happened and what to do now."""

    def __init__(self, heading: str, cause: str, next_step: str, status: int = 400, reason: str = "refused") -> None:
        super().__init__(reason)
        self.heading = heading
        self.cause = cause
        self.next_step = next_step
        self.status = status
        self.reason = reason


class SignInFirst(Exception):  # noqa: N818 (a redirect, not an error)
    """Sends the browser to sign in and then to `then`; `again` also when somebody is signed in."""

    def __init__(self, then: str, *, again: bool = False) -> None:
        super().__init__("not signed in")
        self.then = then
        self.again = again


def forged_form() -> PageProblem:
    """403 for a form that our page did not send in this session (AS-91)."""
    return PageProblem(
        "This form could not be accepted",
        "It does not belong to the page that is open in this browser, or that page is too old.",
        "Go back, reload the page and try again. If it happens again, allow cookies for this site.",
        403,
        "form_foreign",
    )


def for_administrators() -> PageProblem:
    """403 for who keeps no servers of everybody (AS-104)."""
    return PageProblem(
        "This page is for administrators",
        "Your account has no rights of an administrator here.",
        "Ask an administrator if you need them.",
        403,
        "not_administrator",
    )


def unavailable() -> PageProblem:
    """503 while nobody can tell who looks."""
    return PageProblem(
        "This page cannot be shown right now",
        "Whether you are still signed in cannot be known: the server that signs people in does not answer.",
        "Try again in a moment.",
        503,
        "auth_server_unreachable",
    )


def too_many_at_once() -> PageProblem:
    """429 for who asks for more pages than are made for one person at a time."""
    return PageProblem(
        "That is too much at once",
        "Other pages of yours are being made, and servers take their time to answer.",
        "Wait for these, and try again.",
        429,
        "too_many_pages",
    )


def no_such_page() -> PageProblem:
    """404."""
    return PageProblem(
        "There is nothing at this address", "No server of that name is yours to see.", "Look at your servers.", 404,
        "wrong_path",
    )  # fmt: skip


def new_reference() -> str:
    """Ten characters that people can read out, for the page and the log."""
    letters = "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"
