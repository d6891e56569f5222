"""A way for a connection to fail, and what every one of them owes: an answer that says what to change, and one line."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import structlog.testing

from shared.refusals import EVENT, Reason, Step

DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749 §5.2: what an error_description may consist of."""

REFERENCE = re.compile(r"Reference <code>([a-z0-9-]+)</code>")


@dataclass(frozen=True)
class Way:
    """`go` provokes it at a place; `says` stands in the answer, be it a page, JSON, a header or a redirect."""

    step: Step
    reason: Reason
    status: int
    says: str
    go: Callable[[Any], Any]
    has_client: bool = False
    after_others: bool = False
    """Whether arranging it takes refusals of another kind, such as those that a limit counts."""

    def __str__(self) -> str:
        return f"{self.step.value}-{self.reason.value}-{self.go.__name__}"


def assert_explained(way: Way, place: Any) -> None:
    """The right form, the words that help, and exactly one line of the log that names step and reason."""
    with structlog.testing.capture_logs() as written:
        answer = way.go(place)
    lines = [line for line in written if line["event"] == EVENT]
    named = [line for line in lines if (line["step"], line["reason"]) == (way.step.value, way.reason.value)]
    assert len(named) == 1, lines
    assert lines[-1] == named[0]
    assert way.after_others or lines == named
    assert (line_client := named[0].get("client_id")) if way.has_client else True, line_client
    assert answer.status_code == way.status, answer.text
    assert way.says.lower() in words_of(answer).lower(), words_of(answer)
    assert_well_formed(answer, named[0])


def words_of(answer: Any) -> str:
    """Everything a person or a program can read."""
    headers = f"{answer.headers.get('www-authenticate', '')} {unquote(answer.headers.get('location', ''))}"
    return f"{html.unescape(answer.text)} {headers}"


def assert_well_formed(answer: Any, line: Any) -> None:
    """A page carries the reference that stands in the log; an OAuth error keeps to its characters (RFC 6749 §5.2)."""
    kind = answer.headers.get("content-type", "")
    reference = REFERENCE.search(answer.text)
    if reference is not None:
        assert line["reference"] == reference[1]
    if kind.startswith("application/json") and "error_description" in answer.json():
        assert DESCRIPTION.fullmatch(answer.json()["error_description"])
        assert answer.json()["error"]
    challenge = answer.headers.get("www-authenticate", "")
    if described := re.search(r'error_description="([^"]*)"', challenge):
        assert DESCRIPTION.fullmatch(described[1])
