"""What the caller says of memories."""

from resource_server.context.caller import Caller, ToolError
from resource_server.context.reach import Reach
from resource_server.memory.feedback import Feedback, Judged, Label
from resource_server.memory.records import Memory
from resource_server.memory.store import MemoryStores


class MyFeedback:
    """The caller's voice, as far as the grant may write. Methods raise ToolError for what the model can mend."""

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        self.reach = Reach(caller, tool)
        self._places = stores.places_of(caller.user_id)

    def give(self, memory: Memory, label: Label) -> Judged:
        """The memory, and what apps together say of it."""
        writable = self.reach.writing(memory.namespace)
        place = self._places.of(memory.namespace)
        judged = Feedback(place.vault).give(memory.id, label, place.inside(writable), place.signing(self.reach.signed))
        if judged is None:
            raise ToolError("The memory was deleted or expired meanwhile.")
        return place.told(judged)
