"""How often the caller's apps call tools, as far as one app may know it."""

from dataclasses import dataclass, replace

from resource_server.context.caller import Caller, ToolError
from resource_server.usage.keeping import UseKeeping
from resource_server.usage.reading import GroupBy, Usage, Uses, WantedUses
from shared.scopes import Scope


@dataclass(frozen=True)
class MyUsage:
    """The person's numbers where the grant reads every namespace, the app's own otherwise: as with the ledger."""

    keeping: UseKeeping | None
    caller: Caller

    @property
    def sees_every_app(self) -> bool:
        """Whether other apps' calls are counted in what is told."""
        return Scope.MEMORY_READ in self.caller.scopes and self.caller.access.read.everything

    def by(self, by: GroupBy, wanted: WantedUses) -> list[Usage]:
        """The groups; what this process counted a moment ago is in them."""
        if self.keeping is None:
            raise ToolError("Calls are not counted here.")
        self.keeping.settle()
        client_id = wanted.client_id if self.sees_every_app else self.caller.client_id
        return Uses(self.keeping.engine).by(by, replace(wanted, user_id=self.caller.user_id, client_id=client_id))
