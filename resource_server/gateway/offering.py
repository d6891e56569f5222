"""What a person may choose from of their servers: told within a moment, whatever the servers do."""

from resource_server.gateway.gateway import Gateway, SeenServer
from resource_server.gateway.links import Viewer
from resource_server.gateway.listing import Definition, only_reads
from shared.server_access import ALL

PATIENCE_SECONDS = 0.3
"""The authorization server waits half a second for the whole answer."""

MOST_TOOLS, LONGEST_NAME, LONGEST_TEXT = 500, 128, 200


async def offered_servers(gateway: Gateway, user_id: str) -> list[dict[str, object]]:
    """Each server, by name, with its tools as far as they are known; `problem` says why there may be more."""
    seen = await gateway.servers_of(Viewer(user_id, ""), patience=PATIENCE_SECONDS)
    return [_told(server) for server in seen]


def _told(server: SeenServer) -> dict[str, object]:
    shaping = server.upstream.shaping
    shown = [name for name in sorted(server.listing.tools) if shaping.name_of(name) is not None]
    nameable = [name for name in shown if name != ALL and 0 < len(name) <= LONGEST_NAME]
    return {
        "name": server.upstream.name,
        "named_at": server.upstream.named_at,
        "problem": server.listing.problem,
        "wants_credential": server.listing.wants_credential,
        "tools": [
            {
                "name": name,
                "says": _says(server, name),
                "only_reads": only_reads(server.listing.tools[name]),
                "is_changed": name in server.changed,
            }
            for name in nameable[:MOST_TOOLS]
        ],
    }


def _says(server: SeenServer, tool: str) -> str:
    """A grant names a tool by its own name: where it has another here, that is said."""
    said, here = _first_words(server.described(tool)), server.upstream.shaping.name_of(tool)
    return said if here == tool else f"Apps know it as {here}. {said}"[:LONGEST_TEXT]


def _first_words(tool: Definition) -> str:
    """Its title, or how its description begins."""
    annotations = tool.get("annotations")
    titles = (tool.get("title"), annotations.get("title") if isinstance(annotations, dict) else None)
    found = next((text for text in (*titles, tool.get("description")) if isinstance(text, str) and text.strip()), "")
    return found.strip().partition("\n")[0][:LONGEST_TEXT]
