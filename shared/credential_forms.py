"""The form of a credential: it alone says which parser may read it, so that none passes as another kind."""

import re
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from shared.secrets import digest

OTHER_KINDS = frozenset({
    "2s", "ac", "at", "bf", "bs", "cr", "cs", "csrf", "dc", "dev", "erasure", "iat", "inv", "link", "once", "rat", "rs",
    "rt", "setup", "si", "uc", "un", "us", "uv",
})  # fmt: skip
"""Prefixes of what this server gives out for other ends: codes, refresh tokens, cookies, form tokens, links."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


class Form(Enum):
    """What a credential can be, by its looks."""

    JWT = "a signed JWT"
    OTHER = "a credential of another kind"
    KEY = "an API key"
    """Of our own making, or of any form that an operator chose."""


@dataclass(frozen=True)
class Credential:
    """What a request came with, not looked at yet."""

    text: str = field(repr=False)

    @cached_property
    def form(self) -> Form:
        """The one kind that it may be tried as."""
        return form_of(self.text)

    @cached_property
    def digest(self) -> str:
        """By which it is remembered."""
        return digest(self.text)


def form_of(credential: str) -> Form:
    """The one kind that the text may be tried as."""
    if is_jwt(credential):
        return Form.JWT
    prefix, separator, _ = credential.partition("_")
    return Form.OTHER if separator and prefix in OTHER_KINDS else Form.KEY


def is_jwt(credential: str) -> bool:
    """Whether the text has the form of a signed JWT; keys and refresh tokens of ours never have (RFC 7515 §3.1)."""
    return _COMPACT.fullmatch(credential) is not None


def fits_a_header(credential: str) -> bool:
    """Whether the text can follow `Bearer` as it is: visible ASCII, no blank (RFC 9110 §5.5)."""
    return _VISIBLE.fullmatch(credential) is not None
