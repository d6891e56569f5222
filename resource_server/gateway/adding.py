"""A described server becomes one: by a command or by a page, for everybody or for one person."""

from dataclasses import dataclass

from resource_server.gateway.acts import Noting, unnoted
from resource_server.gateway.configuration import Entry
from resource_server.gateway.described import Described
from resource_server.gateway.http_clients import HttpClients, RefusedAddressError
from resource_server.gateway.upstream import NOBODY, InvalidServerError, Transport, Upstream
from resource_server.gateway.upstreams import Upstreams

MOST_OWN = 50
"""Servers that one person may have."""


@dataclass(frozen=True)
class Brought:
    """What became of one server of a file: under which name it is there, and a sentence."""

    in_file: str
    name: str
    is_added: bool
    said: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adding:
    """`clients` says which addresses may be reached from here."""

    upstreams: Upstreams
    clients: HttpClients

    def add(self, described: Described, owner: str = NOBODY, noting: Noting = unnoted) -> Upstream:
        """A new server. Raises InvalidServerError, for an address that is not connected to as well."""
        described.check()
        self.check_reach(described)
        if owner != NOBODY and len(self.upstreams.every(owner)) >= MOST_OWN:
            raise InvalidServerError(f"One person has at most {MOST_OWN} servers of their own.")
        return self.upstreams.enlist(described, owner, noting=noting)

    def bring(
        self,
        entry: Entry,
        owner: str = NOBODY,
        *,
        refused: str = "",
        dry_run: bool = False,
        noting: Noting = unnoted,
    ) -> Brought:
        """One server of a file, unless there is one of its name; `refused` says why it may not come. Raises nothing."""
        described = entry.described
        if described is None:
            return Brought(entry.name, "", is_added=False, said=entry.problem)
        try:
            self._ensure_free(described.name, owner)
            if refused:
                raise InvalidServerError(refused)
            self.check_reach(described)
            if not dry_run:
                self.add(described, owner, noting)
        except InvalidServerError as wrong:
            return Brought(entry.name, described.name, is_added=False, said=str(wrong), left_out=entry.left_out)
        said = f"{'would be added' if dry_run else 'added'} as {described.name}, {described.transport}."
        return Brought(entry.name, described.name, is_added=True, said=said, left_out=entry.left_out)

    def check_reach(self, described: Described) -> None:
        """Raises InvalidServerError for an address that this installation does not connect to."""
        if described.transport is Transport.STDIO:
            return
        try:
            self.clients.check(described.url)
        except RefusedAddressError as refused:
            raise InvalidServerError(str(refused)) from refused

    def _ensure_free(self, name: str, owner: str) -> None:
        if any(self.upstreams.named(name, whose) for whose in {owner, NOBODY}):
            raise InvalidServerError(f"there is a server {name!r} already, which stays as it is.")
