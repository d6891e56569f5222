"""How far a grant reaches into a person's memory: every read and every write of a tool is narrowed here."""

from resource_server.context.caller import Caller, ToolError
from resource_server.memory.records import Author, Signed
from shared.authorization_details import DEFAULT_NAMESPACE, NamespaceSet
from shared.scopes import Scope


class Reach:
    """What one caller may read and write, and the signature under what a tool of theirs writes."""

    def __init__(self, caller: Caller, tool: str) -> None:
        nothing = NamespaceSet()
        self.user_id = caller.user_id
        self.readable = caller.access.read if Scope.MEMORY_READ in caller.scopes else nothing
        self.writable = caller.access.write if Scope.MEMORY_WRITE in caller.scopes else nothing
        author = Author(caller.client_id, caller.grant_id, tool, caller.client_name, caller.session_id)
        self.signed = Signed(author, caller.ensure_live, caller.asked)

    def reading(self, namespace: str | None) -> NamespaceSet:
        """The namespace named, or all that may be read. Raises ToolError for one that may not."""
        if namespace is None:
            return self.readable
        if namespace not in self.readable:
            raise ToolError(_refused("read", namespace, self.readable))
        return NamespaceSet(frozenset({namespace}))

    def writing(self, namespace: str) -> NamespaceSet:
        """The one namespace, to write to. Raises ToolError where it may not be written to."""
        if namespace not in self.writable:
            raise ToolError(_refused("write to", namespace, self.writable))
        return NamespaceSet(frozenset({namespace}))

    def writing_to(self, namespace: str | None) -> str:
        """The namespace named; else `personal`; else, where the grant names one other alone, that one."""
        if namespace is not None:
            return namespace
        if DEFAULT_NAMESPACE in self.writable:
            return DEFAULT_NAMESPACE
        if len(self.writable.names) == 1:
            return next(iter(self.writable.names))
        raise ToolError(f"Name a namespace: this connection may write to {_names(self.writable)}.")


def _refused(action: str, namespace: str, allowed: NamespaceSet) -> str:
    """The same words whether or not the namespace holds anything."""
    return (
        f"This connection may not {action} the namespace {namespace!r}; it may {action} {_names(allowed)}. "
        "The person decides that when connecting the app, or later on the page of connected apps."
    )


def _names(allowed: NamespaceSet) -> str:
    if allowed.everything:
        return "every namespace"
    return ", ".join(sorted(allowed.names)) or "none"
