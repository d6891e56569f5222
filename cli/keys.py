"""`ostiary keys`: API keys of people and services, made and ended while the servers run (K14 to K19)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer

from auth_server.administration.commanded_keys import BY, UnclearKeyError, key_owner, keys_named, known_user, reach_of
from auth_server.administration.imported_keys import UnusableImportError, import_keys, read_keys
from auth_server.keys.api_keys import (
    KeyDraft,
    UnusableKeyError,
    create_key,
    delete_key,
    edit_key,
    revoke_key,
    rotate_key,
)
from auth_server.keys.own_keys import reach_sentence
from auth_server.keys.service_accounts import InvalidServiceNameError, find_service
from auth_server.models import ApiKey, ApiKeyOrigin, User
from cli.auth_database import AuthDatabase, auth_database
from cli.counting import counted
from cli.failures import stop
from cli.given_text import text_of
from cli.key_listing import KeyLine, key_lines, owner_name, print_keys, print_new_key
from cli.options import AsJson, DataDir, ReadServers, Servers
from shared.authorization_details import Details
from shared.scopes import Scope
from shared.server_words import UnreadableServerError, typed_servers
from shared.tool_sets import ToolSet

app = typer.Typer(no_args_is_help=True, help="API keys of people and services.")

Name = Annotated[str, typer.Option("--name", help="What the key is called.")]
KeyId = Annotated[str, typer.Option("--id", help="The key's id, key_…, where a name is not clear.")]
Owner = Annotated[
    str,
    typer.Option("--user", "--user-id", help="Whose: an e-mail address or an id; the only person, if there is one."),
]
Service = Annotated[str, typer.Option("--service", help="Whose: a service account, which is made if need be.")]
Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        help="memory:read and memory:write unless named; gateway:call with --server; admin, gateway:manage; "
        "impersonate for a service.",
    ),
]
Namespaces = Annotated[
    list[str] | None,
    typer.Option("--namespace", help="Where; may be given several times. personal, or * (everything) for a service."),
]
Tools = Annotated[
    list[ToolSet] | None,
    typer.Option(
        "--tools", help="Sets of tools; may be given several times. memory, conversations and graph unless named."
    ),
]
Days = Annotated[int | None, typer.Option("--expires", min=1, max=36500, help="Days until it ends; never if left out.")]
Same = Annotated[
    bool,
    typer.Option("--same", help="Leave what it may do as it is, and allow the servers it names that were added since."),
]
UNUSABLE = (UnreadableServerError, UnclearKeyError, UnusableKeyError, UnusableImportError, InvalidServiceNameError)


@app.callback()
def group() -> None:
    """API keys of people and services."""


@app.command("create")
def create(
    name: Name,
    expires: Days = None,
    user: Owner = "",
    service: Service = "",
    scope: Scopes = None,
    namespace: Namespaces = None,
    tools: Tools = None,
    server: Servers = None,
    server_read: ReadServers = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key; it is printed this once."""
    with auth_database(data_dir) as database:
        try:
            owner = key_owner(database.session, user, service)
            reach = _Reach(scope, namespace, tools, server, server_read)
            made = create_key(database.session, owner, _draft(name, owner, reach, expires), by=BY)
        except UNUSABLE as wrong:
            stop(str(wrong))
        print_new_key(KeyLine.of(made.key, owner), made.secret, as_json=as_json)


@app.command("list")
def list_all(user: Owner = "", service: Service = "", as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the keys of everybody or of one owner, those that ended too."""
    with auth_database(data_dir) as database:
        owner = _named_owner(database, user, service)
        lines = key_lines(database.session, owner)
    print_keys(lines, as_json=as_json)


@app.command("revoke")
def revoke(
    name: Name = "", key_id: KeyId = "", user: Owner = "", service: Service = "", data_dir: DataDir = None
) -> None:
    """End a key and keep its history; of a name that was rotated, every key that still works."""
    with auth_database(data_dir) as database:
        for key in _named_keys(database, name, key_id, user, service):
            revoke_key(database.session, key, by=BY)
            typer.echo(f"{_told(database, key)} is revoked.")


@app.command("delete")
def delete(
    name: Name = "", key_id: KeyId = "", user: Owner = "", service: Service = "", data_dir: DataDir = None
) -> None:
    """End a key and forget it; by its name also one that ended before."""
    with auth_database(data_dir) as database:
        for key in _named_keys(database, name, key_id, user, service, live_only=False):
            told = _told(database, key)
            delete_key(database.session, key, by=BY)
            typer.echo(f"{told} is deleted.")


@app.command("rotate")
def rotate(
    name: Name = "",
    key_id: KeyId = "",
    user: Owner = "",
    service: Service = "",
    overlap: Annotated[int, typer.Option(min=0, max=30, help="Days that the old key goes on working.")] = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Replace a key by one of the same name and reach; the new one is printed this once."""
    with auth_database(data_dir) as database:
        meant = _named_keys(database, name, key_id, user, service)
        key = next((key for key in meant if key.replaced_by is None), meant[0])
        try:
            made = rotate_key(database.session, key, overlap=timedelta(days=overlap), by=BY)
        except UnusableKeyError as wrong:
            stop(str(wrong))
        owner = database.session.get_one(User, key.user_id)
        print_new_key(KeyLine.of(made.key, owner), made.secret, as_json=as_json)


@app.command("edit")
def edit(
    name: Name = "",
    key_id: KeyId = "",
    user: Owner = "",
    service: Service = "",
    scope: Scopes = None,
    namespace: Namespaces = None,
    tools: Tools = None,
    server: Servers = None,
    server_read: ReadServers = None,
    same: Same = False,
    data_dir: DataDir = None,
) -> None:
    """Name anew all that a key may do, and where; the key itself stays. Servers that run hear of it at once."""
    reach = _Reach(scope, namespace, tools, server, server_read)
    if reach.is_given is same:
        stop("name all that the key may do from now on, or give --same alone, which leaves that as it is")
    with auth_database(data_dir) as database:
        for key in _named_keys(database, name, key_id, user, service):
            owner = database.session.get_one(User, key.user_id)
            try:
                scopes, details = (key.scopes, key.details) if same else reach.of(owner)
            except UNUSABLE as wrong:
                stop(str(wrong))
            edit_key(database.session, key, scopes=scopes, details=details, by=BY)
            typer.echo(f"{_told(database, key)}: {reach_sentence(key.scopes, key.details)}")


@app.command("import")
def import_given(
    file: Annotated[str, typer.Argument(help="A file, or - for standard input.")] = "-",
    user: Owner = "",
    service: Service = "",
    scope: Scopes = None,
    namespace: Namespaces = None,
    tools: Tools = None,
    server: Servers = None,
    server_read: ReadServers = None,
    expires: Days = None,
    data_dir: DataDir = None,
) -> None:
    """Let keys of an earlier system work here: lines of name:key, or JSON with name and key. Prints none of them."""
    text = text_of(file)
    with auth_database(data_dir) as database:
        try:
            owner, given = key_owner(database.session, user, service), read_keys(text)
            draft = _draft("", owner, _Reach(scope, namespace, tools, server, server_read), expires)
            done = import_keys(database.session, owner, given, draft, by=BY)
        except UNUSABLE as wrong:
            stop(str(wrong))
    left_out = [f"{done.known} known already"] * bool(done.known) + [f"{done.expired} expired"] * bool(done.expired)
    further = f" ({', '.join(left_out)})" if left_out else ""
    typer.echo(f"{counted(done.added, 'key')} of {owner_name(owner)} imported{further}.")


@dataclass(frozen=True)
class _Reach:
    """What was typed of what a key may do."""

    scopes: list[str] | None
    namespaces: list[str] | None
    tools: list[ToolSet] | None
    servers: list[str] | None
    read_servers: list[str] | None

    @property
    def is_given(self) -> bool:
        """Something was typed."""
        return any((self.scopes, self.namespaces, self.tools, self.servers, self.read_servers))

    def of(self, owner: User) -> tuple[tuple[Scope, ...], Details]:
        """For this owner. Raises UnusableKeyError and UnreadableServerError."""
        servers = typed_servers(self.servers or (), self.read_servers or ())
        return reach_of(owner, self.scopes or (), self.namespaces or (), self.tools or (), servers)


def _draft(name: str, owner: User, reach: _Reach, days: int | None) -> KeyDraft:
    wanted, details = reach.of(owner)
    lifetime = timedelta(days=days) if days is not None else None
    return KeyDraft(name, wanted, details, lifetime, ApiKeyOrigin.ADMINISTRATOR)


def _named_owner(database: AuthDatabase, user: str, service: str) -> User | None:
    """Who was named, None for nobody; looking for a service makes none."""
    try:
        owner = known_user(database.session, user) if user else find_service(database.session, service)
    except UnclearKeyError as wrong:
        stop(str(wrong))
    if service and (user or owner is None):
        stop("name --user or --service, not both" if user else f"there is no service called {service!r}")
    return owner if user or service else None


def _named_keys(
    database: AuthDatabase, name: str, key_id: str, user: str, service: str, *, live_only: bool = True
) -> list[ApiKey]:
    """The keys that are meant, or the end of the command."""
    owner = _named_owner(database, user, service)
    try:
        return list(keys_named(database.session, name=name, key_id=key_id, owner=owner, live_only=live_only))
    except UnclearKeyError as wrong:
        stop(str(wrong))


def _told(database: AuthDatabase, key: ApiKey) -> str:
    return f"{key.name} of {owner_name(database.session.get_one(User, key.user_id))} ({key.id})"
