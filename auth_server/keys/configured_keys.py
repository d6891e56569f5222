"""What the variables for API keys say: names and keys, read and checked; a value is never repeated."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import SecretStr

from auth_server.keys.api_keys import PREFIX, is_well_formed
from auth_server.keys.service_accounts import NAME
from auth_server.settings import Settings
from shared.credential_forms import Form, fits_a_header, form_of
from shared.secrets import digest
from shared.starting import CannotStartError

SINGLE = {"MCP_API_KEY": "mcp-api-key", "KAGURA_API_KEY": "kagura-api-key"}
"""Variables that hold one key, and what its identity is called."""

NAMELESS = 12
"""Characters of its digest after which a key without a name is called."""


class UnusableConfiguredKeyError(CannotStartError):
    """A variable holds what cannot be a key."""


@dataclass(frozen=True)
class ConfiguredKey:
    """One key of a variable, and the name of the identity that it opens.

    `place` is what may be said of it: even the name may be the key, when an operator mixed them up.
    """

    place: str
    name: str = field(repr=False)
    secret: str = field(repr=False)


def configured_keys(settings: Settings) -> tuple[ConfiguredKey, ...]:
    """All of them. Raises UnusableConfiguredKeyError, whose sentence names the variable and not the value."""
    keys = tuple(_read(settings))
    for key in keys:
        _check(key)
    for what, values in (("name", [key.name for key in keys]), ("key", [key.secret for key in keys])):
        twice = {value for value, times in Counter(values).items() if times > 1}
        places = [key.place for key, value in zip(keys, values, strict=True) if value in twice]
        if places:
            raise UnusableConfiguredKeyError(f"{' and '.join(places)} have the same {what}; each needs its own")
    return keys


def empty_variables(settings: Settings) -> list[tuple[str, str]]:
    """Variables for one key that are set and hold none, and the names of their identities."""
    return [(variable, SINGLE[variable]) for variable, value in _singles(settings) if value == ""]


def _singles(settings: Settings) -> Iterator[tuple[str, str]]:
    values = {"MCP_API_KEY": settings.mcp_api_key, "KAGURA_API_KEY": settings.kagura_api_key}
    yield from ((name, value.get_secret_value().strip()) for name, value in values.items() if value is not None)


def _read(settings: Settings) -> Iterator[ConfiguredKey]:
    for variable, secret in _singles(settings):
        if secret:
            yield ConfiguredKey(variable, SINGLE[variable], secret)
    for place, entry in _entries("MCP_API_KEYS", settings.mcp_api_keys):
        name, colon, secret = entry.partition(":")
        if not colon:
            raise UnusableConfiguredKeyError(f"{place} must be name:key; several are separated by commas")
        yield ConfiguredKey(place, name.strip().casefold(), secret.strip())
    for place, entry in _entries("AUTH_TOKENS", settings.auth_tokens):
        name, colon, secret = entry.partition(":")
        if colon:
            yield ConfiguredKey(place, name.strip().casefold(), secret.strip())
        else:
            yield ConfiguredKey(place, f"token-{digest(entry)[:NAMELESS]}", entry)


def _entries(variable: str, value: SecretStr | None) -> Iterator[tuple[str, str]]:
    listed = value.get_secret_value().split(",") if value is not None else []
    entries = [entry.strip() for entry in listed if entry.strip()]
    yield from ((f"entry {number} of {variable}", entry) for number, entry in enumerate(entries, 1))


def _check(key: ConfiguredKey) -> None:
    if NAME.fullmatch(key.name) is None:
        reason = "has no name of 1 to 64 letters, digits, dots, hyphens and underscores before its colon"
    elif not key.secret:
        reason = "has no key behind its name"
    elif not fits_a_header(key.secret):
        reason = "has a key with blanks or characters that no header can carry"
    elif form_of(key.secret) is not Form.KEY:
        reason = "looks like a token of this server or like a signed token, not like a key"
    elif key.secret.startswith(f"{PREFIX}_") and not is_well_formed(key.secret):
        reason = f"begins with {PREFIX}_ and is not whole: copy it again"
    else:
        return
    raise UnusableConfiguredKeyError(f"{key.place} {reason}")
