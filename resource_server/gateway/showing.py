"""Addresses and commands as they may be shown: without what may be a key."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

HIDDEN = "…"
SECRET_OPTION = re.compile(r"-{1,2}[\w-]*(?:key|token|secret|password|passwd|auth|credential|header)[\w-]*|-H", re.I)


def shown_url(url: str) -> str:
    """Without the values of its query, which may be keys."""
    parts = urlsplit(url)
    names = [(name, HIDDEN) for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return parts._replace(query=urlencode(names, safe=HIDDEN)).geturl()


def shown_command(command: Sequence[str]) -> list[str]:
    """Without what follows an option that speaks of a key, a token or the like."""
    shown: list[str] = []
    hides_next = False
    for part in command:
        option, sign, _ = part.partition("=")
        is_secret = bool(SECRET_OPTION.fullmatch(option))
        shown.append(HIDDEN if hides_next else f"{option}={HIDDEN}" if is_secret and sign else part)
        hides_next = is_secret and not sign
    return shown
