"""The caller at one server's own address: what their grant gives of that server, and nothing beside it."""

from dataclasses import replace

from starlette.exceptions import HTTPException

from resource_server.authorization.authorizer import Authorized
from resource_server.context.caller import Caller
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.links import Viewer
from shared.scopes import Scope


def at_server(authorized: Authorized, server: str) -> Authorized:
    """The same caller with what is left there, if anything is."""
    caller = authorized.caller
    left = caller.scopes & {Scope.GATEWAY_CALL}
    return replace(
        authorized, caller=replace(caller, server=server, scopes=left, access=caller.access.of_server(server))
    )


async def check_mounted(gateway: Gateway, caller: Caller) -> None:
    """Raises HTTPException (404) where the person has no such server, and the same where the grant has none of it."""
    upstream = await gateway.named(Viewer(caller.user_id, caller.client_id), caller.server)
    if upstream is None or not caller.servers.of(upstream):
        raise HTTPException(404)
