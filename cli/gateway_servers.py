"""The servers behind the gateway, for commands: opened as the resource server opens them, which may run meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from sqlmodel import select

from auth_server.models import User
from cli.accounts import known_account
from cli.auth_database import AuthDatabase, auth_database
from cli.failures import load, readable_failures, stop
from cli.memory_vaults import MIGRATIONS
from cli.options import DataDir
from resource_server.gateway.acceptance import Acceptance
from resource_server.gateway.acts import Noting, ServerActs, noting
from resource_server.gateway.http_clients import RefusedAddressError
from resource_server.gateway.oauth.connecting import Connecting
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.opening import PURPOSE, ways_of
from resource_server.gateway.servers_file import ORIGIN
from resource_server.gateway.transports import Ways
from resource_server.gateway.upstream import NOBODY, InvalidServerError, Upstream
from resource_server.gateway.upstreams import Upstreams
from resource_server.settings import Settings
from shared.database import open_engine
from shared.migrations import migrate
from shared.server_acts import ServerAct

Name = Annotated[str, typer.Argument(help="The server's name.")]
OwnUser = Annotated[
    str, typer.Option("--user", help="The e-mail address of whom it belongs to; everybody's unless named.")
]
AsUser = Annotated[
    str, typer.Option("--user", help="The e-mail address of a person whose own server, or whose credential, is meant.")
]


@dataclass(frozen=True)
class Servers:
    """`person` is whom `--user` named; empty is everybody. `called` are people's addresses by their ids."""

    upstreams: Upstreams
    acceptance: Acceptance
    ways: Ways
    settings: Settings
    person: str
    called: dict[str, str]

    def noting(self, act: ServerAct) -> Noting:
        """For the audit log, which a running server tells: with the change that it goes with."""
        return noting(act, person=self.person)

    def note(self, act: ServerAct, upstream: Upstream) -> None:
        """The same, after something that is no change of the server's own row."""
        ServerActs(self.upstreams.engine).note(self.noting(act), upstream)

    @property
    def connecting(self) -> Connecting:
        """How people connect those that use OAuth."""
        return Connecting(self.settings.mcp_origin, self.upstreams.credentials, Fetching(self.ways.clients))

    def the_one(self, name: str) -> Upstream:
        """The server that the named person owns, or everybody's; none ends the command."""
        found = self.upstreams.named(name, self.person)
        if found is None:
            whose = f" of {self.called.get(self.person, self.person)}" if self.person else ""
            stop(f"there is no server {name!r}{whose}; `ostiary gateway list` shows them")
        return found

    def seen_by_person(self, name: str) -> Upstream:
        """The named person's own server, or else the one for everybody."""
        own = self.upstreams.named(name, self.person)
        return own or self.upstreams.named(name) or self.the_one(name)

    def check_reach(self, url: str) -> None:
        """An address that this installation would not connect to ends the command."""
        try:
            self.ways.clients.check(url)
        except RefusedAddressError as refused:
            stop(f"{refused} OSTIARY_RESOURCE_UPSTREAM_PRIVATE_HOSTS names hosts that may be private, or without TLS.")

    def refuse_if_of_file(self, upstream: Upstream) -> None:
        """What a file says comes back with the next start."""
        path = self.settings.effective_servers_file
        if upstream.origin == ORIGIN and path.exists():
            stop(f"{upstream.name} comes from {path}; change it there, and start the server anew")


@contextmanager
def open_servers(data_dir: DataDir = None, user: str = "") -> Iterator[Servers]:
    """What cannot be done ends the command with one line."""
    with auth_database(data_dir) as database:
        master_key, person, called = database.master_key, _person(database, user), _called(database)
    settings = load(Settings)
    with readable_failures():
        engine = open_engine(settings.effective_database_url, overwrites=True)
        migrate(engine, MIGRATIONS, settings.data_dir)
    upstreams = Upstreams(engine, master_key.derive(PURPOSE))
    try:
        yield Servers(upstreams, Acceptance(engine), ways_of(settings), settings, person, called)
    except InvalidServerError as wrong:
        stop(str(wrong))
    finally:
        engine.dispose()


def _person(database: AuthDatabase, user: str) -> str:
    return known_account(database, user).id if user else NOBODY


def _called(database: AuthDatabase) -> dict[str, str]:
    return {user.id: user.email or user.name or user.id for user in database.session.exec(select(User))}
