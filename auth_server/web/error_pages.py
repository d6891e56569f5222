"""Error pages: what happened, why, what to do now, and a reference that the log has too."""

import secrets

from fastapi.responses import HTMLResponse

from auth_server.web.pages import Pages
from shared.refusals import Reason, Step, note_refusal


class PageProblem(Exception):  # noqa: N818 (what a person meets is a problem; OAuth errors are elsewhere)
    """Ends a request with an error page; sentences are for people, `step` and `reason` are for the log.

    `technical` is what the makers of an app can use; it waits behind a line of the page, and stands in the log.
    `log_cause` stands in the log alone.
    """

    def __init__(
        self,
        sentence: str,
        cause: str,
        next_step: str,
        *,
        step: Step,
        reason: Reason,
        client_id: str | None = None,
        status: int = 400,
        link: str = "",
        link_label: str = "",
        retry_after: int = 0,
        technical: str = "",
        log_cause: str = "",
    ) -> None:
        super().__init__(reason.value)
        self.sentence = sentence
        self.cause = cause
        self.next_step = next_step
        self.step = step
        self.reason = reason
        self.client_id = client_id
        self.status = status
        self.link = link
        self.link_label = link_label
        self.retry_after = retry_after
        self.technical = technical
        self.log_cause = log_cause


def error_page(pages: Pages, problem: PageProblem) -> HTMLResponse:
    """The page, and one log line with its reference."""
    reference = new_reference()
    cause = problem.log_cause or problem.technical or problem.cause
    note_refusal(problem.step, problem.reason, client_id=problem.client_id, reference=reference, cause=cause)
    page = pages.render(
        "error.html",
        problem.status,
        sentence=problem.sentence,
        cause=problem.cause,
        next_step=problem.next_step,
        technical=problem.technical,
        link=pages.paths.to(problem.link) if problem.link.startswith("/") else problem.link,
        link_label=problem.link_label,
        reference=reference,
    )
    if problem.retry_after:
        page.headers["Retry-After"] = str(problem.retry_after)
    return page


def new_reference() -> str:
    """Ten characters that people can read out: no zero, one, or letters that look like them."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    letters = "".join(secrets.choice(alphabet) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def forged_form(step: Step, reason: Reason = Reason.FORM_FOREIGN) -> PageProblem:
    """403 for a form that our page did not send in this session, or not now (AS-90, AS-91)."""
    return PageProblem(
        "This form could not be accepted",
        "It does not belong to the page that is open in this browser, or that page is too old.",
        "Go back, reload the page and try again. If it happens again, allow cookies for this site.",
        step=step,
        reason=reason,
        status=403,
    )


def plain_problem(status: int, description: str, step: Step, reason: Reason) -> PageProblem:
    """The page for a bare HTTP error such as 404."""
    sentences = {404: "This page does not exist", 405: "That does not work here", 413: "That was too much at once"}
    sentence = sentences.get(status, "Something went wrong here" if status >= 500 else "That did not work")
    next_step = "Try again in a moment." if status >= 500 else "Check the address, or go to the start page."
    return PageProblem(
        sentence,
        description,
        next_step,
        step=step,
        reason=reason,
        status=status,
        link="/",
        link_label="Start page",
    )
