"""How far something reaches, for those whom the names do not concern: they are a person's own, so they are counted."""

from shared.authorization_details import Details, NamespaceSet, memory_access


def reach(details: Details) -> str:
    """Such as: reads 3 namespaces, writes 1 namespace."""
    access = memory_access(details)
    parts = [f"{verb} {_counted(among)}" for verb, among in (("reads", access.read), ("writes", access.write)) if among]
    return ", ".join(parts) or "opens no memories"


def _counted(namespaces: NamespaceSet) -> str:
    if namespaces.everything:
        return "all namespaces"
    number = len(namespaces.names)
    return f"{number} namespace{'' if number == 1 else 's'}"
