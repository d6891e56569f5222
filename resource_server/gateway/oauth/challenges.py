"""RFC 6750 §3, RFC 9728 §5.1: what a server says when it refuses a request."""

import re
from dataclasses import dataclass

SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9_-]*)(?:\s+(?=[A-Za-z0-9_-]+\s*=)|\s*(?=,|$))")
PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
LONGEST = 8192


@dataclass(frozen=True)
class Challenge:
    """Its parameters; empty where they are missing."""

    error: str = ""
    scope: str = ""
    resource_metadata: str = ""


def bearer_challenge(header: str) -> Challenge | None:
    """The Bearer challenge of a WWW-Authenticate field, which may hold several; None where there is none."""
    found: dict[str, str] = {}
    scheme, is_bearer = "", False
    position, header = 0, header[:LONGEST]
    while position < len(header):
        if begins := SCHEME.match(header, position):
            scheme, position = begins[1].lower(), max(begins.end(), position + 1)
            is_bearer = is_bearer or scheme == "bearer"
        elif parameter := PARAMETER.match(header, position):
            value = re.sub(r"\\(.)", r"\1", parameter[2]) if parameter[2] is not None else parameter[3]
            if scheme == "bearer":
                found.setdefault(parameter[1].lower(), value)
            position = parameter.end()
        else:
            position += 1
    if not is_bearer:
        return None
    return Challenge(found.get("error", ""), found.get("scope", ""), found.get("resource_metadata", ""))
