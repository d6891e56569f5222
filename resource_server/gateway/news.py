"""What servers tell without being asked: that a list or a resource changed, passed on to the apps that listen here."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from mcp.shared.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
    event_from_wire,
)

from resource_server.gateway.conversation import Params
from resource_server.gateway.links import Viewer
from resource_server.gateway.upstream import NOBODY, Upstream

EVERY_LIST = (ToolsListChanged(), PromptsListChanged(), ResourcesListChanged())


@dataclass(eq=False)
class Hearer:
    """One stream of an app. `tell` takes an event at once; `reaches` says whether its grant has anything of a server.

    Of resources it is told those whose addresses are among `uris`.
    """

    viewer: Viewer
    reaches: Callable[[Upstream], bool]
    tell: Callable[[ServerEvent], None]
    uris: set[str] = field(default_factory=set)

    def may_hear_of(self, upstream: Upstream) -> bool:
        """Whether the server is one of this person's, and of this app's."""
        return upstream.owner in (NOBODY, self.viewer.user_id) and self.reaches(upstream)


class News:
    """Lives on the event loop."""

    def __init__(self) -> None:
        self.hearers: set[Hearer] = set()

    def heard(self, upstream: Upstream, viewer: Viewer, method: str, params: Params) -> None:
        """From a conversation: a resource is news for the app whose it is, a list for everybody who sees that list."""
        event = event_from_wire(method, params)
        if event is None:
            return
        for hearer in [one for one in self.hearers if one.may_hear_of(upstream)]:
            if isinstance(event, ResourceUpdated):
                if hearer.viewer == viewer and event.uri in hearer.uris:
                    hearer.tell(event)
            elif not upstream.asks_person or hearer.viewer.user_id == viewer.user_id:
                hearer.tell(event)

    def changed(self, viewer: Viewer, upstreams: Collection[Upstream]) -> None:
        """Of this app's servers some were added, changed or removed here: as they are, and as they were."""
        own = [one for one in self.hearers if one.viewer == viewer]
        for hearer in [one for one in own if any(map(one.may_hear_of, upstreams))]:
            for event in EVERY_LIST:
                hearer.tell(event)
