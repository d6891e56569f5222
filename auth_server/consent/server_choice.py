"""Tools of other servers on a form: a box for each, one for all of a server, and what the boxes say.

The value of a box is the server's name and a tool's, or `*`, with a space between: `github create_issue`, `github *`.
Behind the server's name `:reads` narrows it to what says of itself that it changes nothing: `github:reads *`.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from shared.server_access import ALL, SERVER_PATTERN, ServerAccess, ToolChoice

FIELD = "server_tool"
READS = ":reads"
LONGEST_NAME = 128


def box(server: str, tool: str, *, is_read_only: bool = False) -> str:
    """The value of one box."""
    return f"{server}{READS if is_read_only else ''} {tool}"


def boxes(access: ServerAccess) -> tuple[str, ...]:
    """The values that say `access`."""
    return tuple(
        box(server, tool, is_read_only=choice.is_read_only)
        for server, choice in access.choices
        for tool in ((ALL,) if choice.everything else sorted(choice.names))
    )


def read_boxes(values: Iterable[str]) -> ServerAccess:
    """What was ticked; values that no page of ours offers are dropped."""
    pairs = sorted(
        (server, tool) for server, _, tool in (value.partition(" ") for value in values) if _is_box(server, tool)
    )
    return ServerAccess.merged(
        (server.removesuffix(READS), _choice([tool for _, tool in found], is_read_only=server.endswith(READS)))
        for server, found in groupby(pairs, key=lambda pair: pair[0])
    )


def _choice(tools: list[str], *, is_read_only: bool) -> ToolChoice:
    return ToolChoice(frozenset(tools) - {ALL}, ALL in tools, is_read_only)


def _is_box(server: str, tool: str) -> bool:
    name = server.removesuffix(READS)
    return (name == ALL or bool(re.fullmatch(SERVER_PATTERN, name))) and 0 < len(tool) <= LONGEST_NAME
