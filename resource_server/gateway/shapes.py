"""Another name, other words or no place for a tool of a server: kept with the server, and looked at before."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine

from resource_server.gateway.acts import Noting, unnoted
from resource_server.gateway.naming import LONGEST, full_name, is_sendable
from resource_server.gateway.shaping import PLAIN, Shaping, ToolShape
from resource_server.gateway.tables import UpstreamServer
from resource_server.gateway.upstream import InvalidServerError, Upstream
from shared.database import unit_of_work

LONGEST_TITLE, LONGEST_TEXT, MOST_SHAPED = 200, 4_000, 500


@dataclass(frozen=True)
class Shapes:
    """Of everybody's servers and people's own. Whose server it is, may shape it: who calls this looks at that."""

    engine: Engine

    def put(
        self, upstream: Upstream, tool: str, shape: ToolShape, listed: Collection[str] = (), noting: Noting = unnoted
    ) -> None:
        """Shows a tool of the server so from now on; `listed` are the own names of all tools it has.

        Raises InvalidServerError for a name that clients would not take or that another tool has, and for too much.
        """
        _check(upstream, shape)
        with unit_of_work(self.engine) as session:
            server = session.get_one(UpstreamServer, upstream.id)
            shaping = Shaping({**Shaping.read(server.shapes).shapes, tool: shape})
            _check_names(shaping, {*shaping.shapes, *listed})
            server.shapes = shaping.kept()
            session.add(server)
            noting(session, upstream)


def _check(upstream: Upstream, shape: ToolShape) -> None:
    if shape.name and not is_sendable(upstream.name, shape.name):
        whole = full_name(upstream.name, shape.name)
        raise InvalidServerError(
            f"{whole!r} is no name for a tool: letters and digits of ASCII and _ . / -, at most {LONGEST} in all."
        )
    for text, longest in ((shape.title, LONGEST_TITLE), (shape.description, LONGEST_TEXT)):
        if len(text) > longest:
            raise InvalidServerError(f"What is said of a tool here has at most {longest} characters.")


def _check_names(shaping: Shaping, tools: Collection[str]) -> None:
    """Two tools never get one name."""
    if len(shaping.shapes) > MOST_SHAPED:
        raise InvalidServerError(f"At most {MOST_SHAPED} tools of a server are shown otherwise than it says.")
    given = [shape.name for shape in shaping.shapes.values() if shape.name]
    own = [tool for tool in tools if not (shape := shaping.shapes.get(tool, PLAIN)).name and not shape.is_hidden]
    twice = [name for name in given if given.count(name) > 1 or name in own]
    if twice:
        raise InvalidServerError(f"Two tools would be called {twice[0]!r}: rename or hide the other one first.")
