"""Tools of servers as they are typed: `github` for all of its tools, `github=search,read_file` for two, `*` for all."""

import re
from collections.abc import Iterable

from shared.server_access import ALL, SERVER_PATTERN, ServerAccess, ToolChoice

LONGEST_NAME = 128


class UnreadableServerError(ValueError):
    """What was typed names no server, or no tool of it; the text is a sentence for who typed it."""


def typed_servers(servers: Iterable[str], read_only: Iterable[str] = ()) -> ServerAccess:
    """What both allow; of `read_only` what says of itself that it changes nothing. Raises UnreadableServerError."""
    typed = [(text, False) for text in servers] + [(text, True) for text in read_only]
    return ServerAccess.merged(_choice(text, is_read_only=is_read_only) for text, is_read_only in typed)


def _choice(text: str, *, is_read_only: bool) -> tuple[str, ToolChoice]:
    server, names_tools, listed = text.partition("=")
    tools = listed.split(",") if names_tools else [ALL]
    if server != ALL and not re.fullmatch(SERVER_PATTERN, server):
        raise UnreadableServerError(
            f"{server!r} is no server: lower-case letters, digits and single hyphens, such as github; * for all."
        )
    if not all(0 < len(tool) <= LONGEST_NAME for tool in tools):
        raise UnreadableServerError(f"Name the tools of {server} with commas between: {server}=search,read_file.")
    return server, ToolChoice(frozenset(tools) - {ALL}, ALL in tools, is_read_only)
