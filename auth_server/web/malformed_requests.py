"""What a program should mend in a request that is not of the form that was asked for."""

import re

from fastapi.exceptions import RequestValidationError

_MEMBER = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_UNTOLD = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
"""What RFC 6749 §5.2 keeps out of an error_description."""


def what_is_malformed(error: RequestValidationError) -> str:
    """A sentence that names the first member that is wrong, and says how; nothing of what was sent is repeated."""
    for one in error.errors():
        named = ".".join(str(part) for part in one["loc"][1:])
        where = f"{named}: " if _MEMBER.fullmatch(named) else ""
        how = _UNTOLD.sub("", str(one["msg"]))[:200]
        return f"The request is malformed. {where}{how}.".replace("..", ".")
    return "The request is malformed."
