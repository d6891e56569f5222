"""What may be entered for a server: addresses, headers, environments, commands. Everything else is refused in words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from resource_server.gateway.upstream import InvalidServerError, Transport

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
"""RFC 9110 §5.6.2."""
FIELD_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
"""RFC 9110 §5.5, in ASCII: no line break, and nothing at the ends that would be cut off."""
REFUSED_HEADERS = frozenset(
    (
        *("accept", "accept-encoding", "content-encoding", "content-length", "content-type", "expect", "host"),
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "last-event-id"),
    )
)
"""What the transport says itself, and what is for the next hop alone (RFC 9110 §7.6.1)."""
REFUSED_PREFIXES = ("mcp-", "proxy-")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
STEERS_PROGRAMS = re.compile(
    r"(?:LD|DYLD|PYTHON|NODE|NPM|PERL|PERL5|RUBY|JAVA|JDK|GIT|BASH|UV|PIP|DOTNET)_?.*"
    r"|PATH|HOME|SHELL|ENV|IFS|TMPDIR|OSTIARY_.*",
    re.IGNORECASE,
)
"""With one of these a person who enters a credential could have a program of theirs run."""
LONGEST_URL, LONGEST_VALUE, MOST_ARGUMENTS, MOST_VALUES = 2048, 8192, 200, 50


def check_url(url: str) -> None:
    """An absolute http or https URL, without a person's name or password in it. Raises InvalidServerError."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or len(url) > LONGEST_URL or re.search(r"[\x00-\x20\x7f-\uffff\\]", url):
        raise InvalidServerError("The address of a server is a whole URL, beginning with https:// or http://.")
    if "@" in parts.netloc:
        raise InvalidServerError("A name or password does not belong into the URL; give it as a header.")
    if "#" in url:
        raise InvalidServerError("The address of a server has no part after a #.")


def check_command(command: Sequence[str]) -> None:
    """A program with its arguments, by its whole path or a name that PATH knows. Raises InvalidServerError."""
    if not command or not command[0].strip():
        raise InvalidServerError("A server that is a command needs the name of a program.")
    if any("\0" in one for one in command) or len(command) > MOST_ARGUMENTS:
        raise InvalidServerError(f"A command has at most {MOST_ARGUMENTS} parts, none with a zero byte.")
    if "/" in command[0] and not command[0].startswith("/"):
        raise InvalidServerError(f"{command[0]!r} depends on the folder it is started in; give its whole path.")


def check_secrets(transport: Transport, secrets: Mapping[str, str]) -> None:
    """Headers, or the environment of a command. Raises InvalidServerError, which repeats no value."""
    check_names(transport, secrets)
    for name, value in secrets.items():
        is_sound = "\0" not in value if transport is Transport.STDIO else bool(FIELD_VALUE.fullmatch(value))
        if not is_sound or len(value) > LONGEST_VALUE:
            raise InvalidServerError(f"The value of {name} is empty, too long, or has signs that cannot be sent.")


def check_names(transport: Transport, names: Iterable[str]) -> None:
    """Names of headers or variables, each once. Raises InvalidServerError."""
    found = list(names)
    if len({name.lower() for name in found}) < len(found) or len(found) > MOST_VALUES:
        raise InvalidServerError(f"A name is given twice, or there are more than {MOST_VALUES}.")
    for name in found:
        if transport is Transport.STDIO:
            _check_variable(name)
        else:
            _check_header(name)


def check_asked(transport: Transport, names: Iterable[str]) -> None:
    """What each person enters; it must not decide what runs. Raises InvalidServerError."""
    found = list(names)
    check_names(transport, found)
    for name in found:
        if transport is Transport.STDIO and STEERS_PROGRAMS.fullmatch(name):
            raise InvalidServerError(f"{name} decides what runs on this computer; nobody but an administrator sets it.")


def _check_variable(name: str) -> None:
    if not VARIABLE.fullmatch(name):
        raise InvalidServerError(f"{name!r} is no name of an environment variable.")


def _check_header(name: str) -> None:
    if not TOKEN.fullmatch(name):
        raise InvalidServerError(f"{name!r} is no name of a header.")
    if name.lower() in REFUSED_HEADERS or name.lower().startswith(REFUSED_PREFIXES):
        raise InvalidServerError(f"The header {name} is set by the connection itself.")
