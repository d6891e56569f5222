"""How far something reaches, for those whom the names do not concern: they are a person's own, so they are counted."""

from shared.authorization_details import Details, NamespaceSet, memory_access
from shared.server_access import ALL, ServerAccess
from shared.tool_sets import in_order


def reach(details: Details) -> str:
    """Such as: reads 3 namespaces, writes 1 namespace, calls 2 tools of 1 server."""
    access = memory_access(details)
    parts = [f"{verb} {_counted(among)}" for verb, among in (("reads", access.read), ("writes", access.write)) if among]
    parts += [f"calls {_called(access.servers)}"] if access.servers else []
    return ", ".join(parts) or "opens no memories"


def tool_sets(details: Details) -> tuple[str, ...]:
    """The sets of tools by which memories are reached; none where none are."""
    access = memory_access(details)
    return tuple(one.value for one in in_order(access.tools)) if access.read or access.write else ()


def _counted(namespaces: NamespaceSet) -> str:
    return "all namespaces" if namespaces.everything else _number(len(namespaces.names), "namespace")


def _called(servers: ServerAccess) -> str:
    names = {name for name, _ in servers.choices}
    where = "every server" if ALL in names else _number(len(names), "server")
    if any(choice.everything for _, choice in servers.choices):
        return f"tools of {where}"
    return f"{_number(sum(len(choice.names) for _, choice in servers.choices), 'tool')} of {where}"


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
