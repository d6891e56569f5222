"""Tools of other servers on the consent page: a row for each server, a box for each tool that may be given."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from auth_server.consent.offered_servers import OfferedServer, OfferedServers, OfferedTool
from auth_server.consent.server_choice import box, boxes
from shared.server_access import ALL, EVERY_SERVER, ServerAccess, ToolChoice

EVERYTHING, WHAT_READS = ToolChoice(everything=True), ToolChoice(everything=True, is_read_only=True)
ADDED_LATER = "It was added after you allowed this app, which does not reach it unless you tick what it may use."
NOT_ASKED = "It could not be asked just now which tools it has."


@dataclass(frozen=True)
class ToolBox:
    """One tool, or all of a server; `value` is what the form sends."""

    value: str
    label: str
    aside: str = ""
    says: str = ""
    note: str = ""
    is_ticked: bool = False
    changes: bool = False
    """Whether it may change something, as far as its server says."""


@dataclass(frozen=True)
class ServerRow:
    """A server that opens to its tools. What is ticked is never out of sight: such a row is open at first."""

    name: str
    label: str
    count: str
    problem: str
    all_boxes: tuple[ToolBox, ...]
    tools: tuple[ToolBox, ...]
    note: str = ""

    @property
    def is_open(self) -> bool:
        """Whether anything in it is ticked, or is to be read."""
        return bool(self.note) or any(each.is_ticked for each in (*self.all_boxes, *self.tools))


@dataclass(frozen=True)
class ServerGroup:
    """All rows; `missed` are servers that were asked for and are not there. More may be unless they `are_known`."""

    rows: tuple[ServerRow, ...]
    is_ticked: bool
    missed: tuple[str, ...] = ()
    are_known: bool = True


def server_rows(offered: OfferedServers, most: ServerAccess, chosen: ServerAccess) -> tuple[ServerRow, ...]:
    """A row for each server of which anything may be given within `most`, and for each that is chosen already."""
    known = {server.name: server for server in offered.servers}
    named = {name for name, _ in chosen.choices if name != ALL} - known.keys()
    missing = [OfferedServer(name=name, problem=_why_missing(offered)) for name in sorted(named)]
    rows = [_row(server, most, chosen) for server in (*offered.servers, *missing)]
    return tuple(row for row in (*rows, _every_server(most, chosen)) if row.all_boxes or row.tools)


def own_servers(
    offered: OfferedServers,
    chosen: ServerAccess,
    most: ServerAccess = EVERY_SERVER,
    *,
    is_ticked: bool,
    later: Collection[str] = (),
) -> ServerGroup | None:
    """What a person may give of their own accord, if there is anything: no request bounds it.

    `later` are servers whose names were given before there were these.
    """
    if not offered and not chosen:
        return None
    rows = server_rows(offered, most, chosen)
    noted = tuple(replace(row, note=ADDED_LATER) if row.name in later else row for row in rows)
    return ServerGroup(noted, is_ticked, are_known=offered.are_known)


def servers_missed(offered: OfferedServers, asked: ServerAccess) -> tuple[str, ...]:
    """The servers that were asked for by name and are not the person's, as far as that is known."""
    names = {name for name, _ in asked.choices} - {ALL}
    return tuple(sorted(names - offered.names())) if offered.are_known else ()


def _row(server: OfferedServer, most: ServerAccess, chosen: ServerAccess) -> ServerRow:
    own = ServerAccess.merged((name, choice) for name, choice in chosen.choices if name == server.name)
    ticked = {value.partition(" ")[2]: value for value in boxes(own)}
    listed = [tool for tool in server.tools if most.allows(server.name, tool.name, reads_only=tool.only_reads)]
    absent = sorted(ticked.keys() - {tool.name for tool in server.tools} - {ALL})
    tools = [_tool_box(server.name, tool, ticked) for tool in listed]
    tools += [ToolBox(ticked[name], name, note=_why_absent(server), is_ticked=True) for name in absent]
    return ServerRow(
        name=server.name,
        label=server.name,
        count=_counted(server),
        problem=_problem(server),
        all_boxes=_all_boxes(server.name, most, own),
        tools=tuple(tools),
    )


def _every_server(most: ServerAccess, chosen: ServerAccess) -> ServerRow:
    own = ServerAccess.merged((name, choice) for name, choice in chosen.choices if name == ALL)
    names = [value for value in boxes(own) if not value.endswith(f" {ALL}")]
    return ServerRow(
        name=ALL,
        label="Every server, those added later too",
        count="",
        problem="",
        all_boxes=_all_boxes(ALL, most, own),
        tools=tuple(ToolBox(value, value.partition(" ")[2], is_ticked=True) for value in names),
    )


def _all_boxes(server: str, most: ServerAccess, own: ServerAccess) -> tuple[ToolBox, ...]:
    """Everything, and everything that changes nothing, where the request leaves room for all at all."""
    within = [choice for choice in most.of(server) if choice.everything]
    held = {choice for _, choice in own.choices}
    whose = "their" if server == ALL else "its"
    everything = ToolBox(
        box(server, ALL), f"All {whose} tools, later ones too", is_ticked=EVERYTHING in held, changes=True
    )
    only_reads = ToolBox(
        box(server, ALL, is_read_only=True),
        f"All {whose} tools that change nothing, later ones too",
        is_ticked=WHAT_READS in held,
    )
    may_change = any(not choice.is_read_only for choice in within)
    return (*((everything,) if may_change else ()), *((only_reads,) if within else ()))


def _tool_box(server: str, tool: OfferedTool, ticked: dict[str, str]) -> ToolBox:
    return ToolBox(
        value=ticked.get(tool.name, box(server, tool.name)),
        label=_words(tool.name),
        aside="changes nothing" if tool.only_reads else "",
        says=_words(tool.says),
        note="It changed, and waits until you accept it again." if tool.is_changed else "",
        is_ticked=tool.name in ticked,
        changes=not tool.only_reads,
    )


def _words(text: str) -> str:
    """How a server describes its tool, as one line."""
    return " ".join(char for char in text.split() if char.isprintable())


def _counted(server: OfferedServer) -> str:
    number = len(server.tools)
    if number == 0:
        return "not connected" if server.wants_credential else "not reached" if server.problem else "no tools"
    return f"{number} tool{'' if number == 1 else 's'}"


def _problem(server: OfferedServer) -> str:
    if server.wants_credential:
        return "You have not connected it yet, so its tools are not known."
    if not server.problem:
        return "" if server.tools else "It has no tools now."
    return f"{server.problem} {'' if server.tools else 'Only all of its tools can be given now.'}".strip()


def _why_missing(offered: OfferedServers) -> str:
    return "You have no server of this name now." if offered.are_known else NOT_ASKED


def _why_absent(server: OfferedServer) -> str:
    return "" if server.problem or server.wants_credential else "Its server does not offer it now."
