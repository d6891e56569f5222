"""How an app hears that its person has to connect a server first: by an address that it opens, or by words with it.

MCP, elicitation in URL mode: since 2026-07-28 a result that input is required, and the app comes back with its request;
in 2025-11-25 an error that names the address. An app that opens none gives the words to its model.
"""

from collections.abc import Mapping
from typing import Any

import anyio
from mcp import UrlElicitationRequiredError
from mcp_types import ElicitRequestURLParams

from resource_server.gateway.conversation import Front
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.links import Viewer
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError
from shared.ids import new_id

INTERACTIVE = frozenset({"tools/call", "prompts/get", "resources/read"})
"""Methods whose result may be that input is required."""
CONNECT = "connect"
"""By this name an app comes back with what the person did."""
PATIENCE_SECONDS, PAUSE_SECONDS = 45.0, 0.5
ASKING = "To use {server}, connect it on your own page."


def can_be_sent(error: CredentialWantedError, origin: str, front: Front, params: Mapping[str, Any]) -> bool:
    """Whether the app opens addresses for its person, and has not done so for this call."""
    elicitation = front.capabilities.get("elicitation")
    opens = isinstance(elicitation, dict) and elicitation.get("url") is not None
    return opens and bool(error.page(origin)) and reply_to(params) is None


def sent(error: CredentialWantedError, origin: str, front: Front) -> dict[str, Any]:
    """The result that asks the app to open the page. Raises UrlElicitationRequiredError where that is an error."""
    message, page = ASKING.format(server=error.server), error.page(origin)
    if not front.comes_back:
        asked = ElicitRequestURLParams(message=message, url=page, elicitation_id=new_id("elc"))
        raise UrlElicitationRequiredError([asked], error.told(origin))
    asking = {"method": "elicitation/create", "params": {"mode": "url", "message": message, "url": page}}
    return {"resultType": "input_required", "inputRequests": {CONNECT: asking}}


def reply_to(params: Mapping[str, Any]) -> str | None:
    """With what the app came back: accept, decline or cancel; None where it was not asked."""
    replies = params.get("inputResponses")
    reply = replies.get(CONNECT) if isinstance(replies, dict) else None
    return str(reply.get("action")) if isinstance(reply, dict) else None


async def until_connected(gateway: Gateway, upstream: Upstream, viewer: Viewer) -> bool:
    """The app opened the page just now, so the person may be at it: waits a while. Whether they are done."""
    with anyio.move_on_after(PATIENCE_SECONDS):
        while True:
            newest = await gateway.named(viewer, upstream.name)
            if newest is None:
                return False
            if await anyio.to_thread.run_sync(gateway.upstreams.credentials.is_given, newest, viewer.user_id):
                return True
            await anyio.sleep(PAUSE_SECONDS)
    return False
