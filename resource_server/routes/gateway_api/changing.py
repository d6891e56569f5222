"""Who may add and remove which servers (AS-104), and how: all of them or none."""

import structlog

from resource_server.context.caller import Caller
from resource_server.gateway.acts import Noting, noting
from resource_server.gateway.configuration import Entry, UnreadableConfigurationError, read_configuration, slug_of
from resource_server.gateway.described import Described
from resource_server.gateway.http_clients import RefusedAddressError
from resource_server.gateway.servers_file import ORIGIN
from resource_server.gateway.upstream import InvalidServerError, Transport, Upstream
from resource_server.routes.gateway_api.dependencies import GatewayApi, viewer_of
from resource_server.routes.gateway_api.wire import ApiProblemError, unusable
from shared.scopes import Scope
from shared.server_access import ALL
from shared.server_acts import ServerAct

MOST_AT_ONCE = 50
NO_COMMANDS = (
    "Servers that are commands are added on the administrators' page of servers, by `ostiary gateway add` or in the "
    "file of servers. OSTIARY_RESOURCE_API_COMMANDS=true lets keys with gateway:manage add them here."
)
NOT_EVERY = "Only an app whose grant gives every server with all tools brings servers of its own into a session."
OF_FILE = "This server comes from the file of servers: remove it there, and start the server anew."

log = structlog.get_logger(__name__)


def added(api: GatewayApi, caller: Caller, text: str) -> list[Upstream]:
    """New servers for everybody, or in the caller's session. Raises ApiProblemError and RefusedError."""
    try:
        entries = read_configuration(text)
    except UnreadableConfigurationError as wrong:
        raise unusable(f"The servers cannot be read: {wrong}.") from None
    if not 0 < len(entries) <= MOST_AT_ONCE:
        raise unusable(f"Name at least one server, and at most {MOST_AT_ONCE}.")
    if not caller.server_session:
        api.check(caller, (Scope.GATEWAY_MANAGE,))
    described = [_usable(api, entry) for entry in entries]
    _check_may_add(api, caller, described)
    done = _all_or_none(api, caller, described)
    for upstream in done:
        _log(caller, ServerAct.ADDED, upstream)
    return done


def removed(api: GatewayApi, caller: Caller, server_id: str, name: str) -> Upstream:
    """A server that is gone now, for everybody or from the session. Raises ApiProblemError and RefusedError."""
    gateway, viewer = api.calls.tools.gateway, viewer_of(caller)
    if not caller.server_session:
        api.check(caller, (Scope.GATEWAY_MANAGE,))
    there = gateway.sessions.servers_of(viewer) if caller.server_session else gateway.upstreams.every()
    names = (name, slug_of(name)) if name else ()
    found = next((one for one in there if one.id == server_id or one.name in names), None)
    if found is None:
        raise ApiProblemError(404, "not_found", "There is no such server here.")
    if caller.server_session:
        gateway.sessions.drop(viewer, found.id)
    elif found.origin == ORIGIN:
        raise ApiProblemError(409, "conflict", OF_FILE)
    else:
        gateway.upstreams.remove(found.id, _noted(caller, ServerAct.REMOVED))
        _log(caller, ServerAct.REMOVED, found)
    return found


def _noted(caller: Caller, act: ServerAct) -> Noting:
    """For the audit log."""
    return noting(act, caller.user_id, caller.client_id)


def _log(caller: Caller, act: ServerAct, upstream: Upstream) -> None:
    """A line in the log."""
    log.info("server_act", act=act.value, server=upstream.name, server_id=upstream.id, by=caller.user_id)


def _check_may_add(api: GatewayApi, caller: Caller, described: list[Described]) -> None:
    """AS-104: a command starts a process on this host, wherever it is added."""
    if any(one.transport is Transport.STDIO for one in described):
        api.check(caller, (Scope.GATEWAY_MANAGE,))
        if not api.has_commands:
            raise ApiProblemError(403, "commands_off", NO_COMMANDS)
    elif Scope.GATEWAY_MANAGE not in caller.scopes and not _is_given_every(caller):
        raise ApiProblemError(403, "not_granted", NOT_EVERY)


def _is_given_every(caller: Caller) -> bool:
    chosen = caller.access.servers.of(ALL)
    return any(choice.everything and not choice.is_read_only for choice in chosen)


def _usable(api: GatewayApi, entry: Entry) -> Described:
    if entry.described is None:
        raise unusable(f"{entry.name!r} cannot be used. {entry.problem}")
    try:
        if entry.described.transport is not Transport.STDIO:
            api.calls.tools.gateway.ways.clients.check(entry.described.url)
    except RefusedAddressError as refused:
        raise unusable(f"{entry.name!r} cannot be used. {refused}") from None
    return entry.described


def _all_or_none(api: GatewayApi, caller: Caller, described: list[Described]) -> list[Upstream]:
    gateway, viewer = api.calls.tools.gateway, viewer_of(caller)
    done: list[Upstream] = []
    try:
        for one in described:
            if caller.server_session:
                done.append(gateway.sessions.bring(viewer, one))
            else:
                done.append(gateway.upstreams.enlist(one, noting=_noted(caller, ServerAct.ADDED)))
    except InvalidServerError as wrong:
        for upstream in done:
            gateway.upstreams.remove(upstream.id, _noted(caller, ServerAct.REMOVED))
        raise ApiProblemError(409, "conflict", str(wrong)) from None
    return done
