"""Servers that a file in the data folder names: whoever can write it is an administrator, so it may name commands."""

import stat
from pathlib import Path

from resource_server.gateway.acts import noting
from resource_server.gateway.configuration import Entry, UnreadableConfigurationError, read_configuration
from resource_server.gateway.described import Described
from resource_server.gateway.http_clients import HttpClients, RefusedAddressError
from resource_server.gateway.upstream import InvalidServerError, Transport
from resource_server.gateway.upstreams import Upstreams
from resource_server.settings import Settings
from shared.server_acts import ServerAct
from shared.starting import CannotStartError

ORIGIN = "file"
"""Where a server is from that goes when the file names it no more."""


def load_servers_file(settings: Settings, upstreams: Upstreams, clients: HttpClients) -> None:
    """Adds, changes and removes what came from the file. No file, and none is named: nothing happens.

    Raises CannotStartError, before anything is changed, for a file that cannot be used.
    """
    path = settings.effective_servers_file
    if settings.servers_file is None and not path.exists():
        return
    wanted = [_usable(path, entry, clients) for entry in _read(path)]
    known = {one.name: one for one in upstreams.every()}
    for described in wanted:
        if described.name in known and known[described.name].origin != ORIGIN:
            raise CannotStartError(
                f"{path}: {described.name} was added by hand; `ostiary gateway remove {described.name}` first, "
                "or give it another name"
            )
    names = {described.name for described in wanted}
    for gone in [one for one in known.values() if one.origin == ORIGIN and one.name not in names]:
        upstreams.remove(gone.id, noting(ServerAct.REMOVED))
    for described in wanted:
        _bring(upstreams, described)


def _bring(upstreams: Upstreams, described: Described) -> None:
    """Several processes may start at once, and one of them is the first."""
    there = upstreams.named(described.name)
    if there is None:
        try:
            upstreams.enlist(described, origin=ORIGIN, noting=noting(ServerAct.ADDED))
        except InvalidServerError:
            there = upstreams.named(described.name)
    if there is not None and not upstreams.is_as(there, described):
        upstreams.change(there, described, noting(ServerAct.CHANGED))


def _read(path: Path) -> list[Entry]:
    try:
        if path.stat().st_mode & stat.S_IWOTH:
            raise CannotStartError(f"{path} can be written by everybody on this computer: `chmod 600 {path}` first")
        return read_configuration(path.read_text())
    except OSError as wrong:
        raise CannotStartError(f"cannot read {path}: {(wrong.strerror or '').lower()}") from wrong
    except UnicodeDecodeError:
        raise CannotStartError(f"{path} must be UTF-8 text") from None
    except UnreadableConfigurationError as wrong:
        raise CannotStartError(f"{path} cannot be used: {wrong}") from None


def _usable(path: Path, entry: Entry, clients: HttpClients) -> Described:
    if entry.described is None:
        raise CannotStartError(f"{path}: {entry.name!r} cannot be used. {entry.problem}")
    try:
        if entry.described.transport is not Transport.STDIO:
            clients.check(entry.described.url)
    except RefusedAddressError as refused:
        raise CannotStartError(f"{path}: {entry.name!r} cannot be used. {refused}") from None
    return entry.described
