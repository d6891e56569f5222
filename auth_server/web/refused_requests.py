"""HTTP errors of routes that know which step of connecting an app they end, and why."""

from starlette.exceptions import HTTPException

from shared.refusals import Reason, Step

Refusal = tuple[Step, Reason]

BARE: dict[int, Refusal] = {
    404: (Step.DISCOVERY, Reason.WRONG_PATH),
    405: (Step.DISCOVERY, Reason.WRONG_METHOD),
    413: (Step.REACH, Reason.BODY_TOO_LARGE),
}
"""What the framework raises by itself."""


class RefusedRequestError(HTTPException):
    """An HTTP error with the two words for the log; `code` is the one for the program, where the status's is not it."""

    def __init__(
        self,
        step: Step,
        reason: Reason,
        status: int,
        description: str,
        headers: dict[str, str] | None = None,
        code: str = "",
    ) -> None:
        super().__init__(status, description, headers)
        self.step = step
        self.reason = reason
        self.code = code


def refusal_of(error: HTTPException) -> Refusal:
    """Step and reason of any HTTP error."""
    if isinstance(error, RefusedRequestError):
        return error.step, error.reason
    return BARE.get(error.status_code, (Step.REACH, Reason.REQUEST_MALFORMED))
