"""Whose memory a command is about: one person's stores, opened as the resource server opens them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from auth_server.models import User
from auth_server.people import id_named
from cli.auth_database import auth_database
from cli.failures import stop
from cli.memory_vaults import open_vaults
from cli.options import DataDir
from resource_server.context.caller import Caller
from resource_server.memory.store import MemoryStores
from resource_server.memory.vaults import is_user_id
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.scopes import Scope

EVERYTHING = NamespaceSet(everything=True)


@dataclass(frozen=True)
class Person:
    """One person, who may have no vault yet."""

    stores: MemoryStores
    user_id: str

    @property
    def caller(self) -> Caller:
        """The person as tools know callers, with all that a grant could allow to read."""
        access = MemoryAccess(EVERYTHING)
        return Caller(self.user_id, "cli", "", frozenset({Scope.MEMORY_READ}), access, lambda: None, "ostiary memory")


@contextmanager
def open_person(user: str, data_dir: DataDir) -> Iterator[Person]:
    """The stores, and the one person. Somebody unknown ends the command."""
    [user_id] = account_ids([user], data_dir)
    with open_vaults(data_dir) as vaults:
        yield Person(vaults.stores, user_id)


def account_ids(users: list[str], data_dir: DataDir) -> list[str]:
    """The ids of accounts named by address or id, in the same order. Somebody unknown ends the command."""
    with auth_database(data_dir) as database:
        found = {user: id_named(database.session, user) for user in users}
        known = {user for user, user_id in found.items() if database.session.get(User, user_id) is not None}
        vaults = database.settings.data_dir / "vaults"
    for user, user_id in found.items():
        if user not in known and not (is_user_id(user_id) and (vaults / f"{user_id}.db").exists()):
            stop(f"no account is called {user}; `ostiary users list` shows them")
    return [found[user] for user in users]
