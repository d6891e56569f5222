"""`ostiary users list`, `disable`, `make-admin` and their like: what an administrator does to accounts."""

from collections.abc import Callable
from typing import Annotated

import typer
from sqlmodel import Session

from auth_server.administration.accounts import (
    LastAdministratorError,
    NotAPersonError,
    disable_account,
    enable_account,
    make_administrator,
    unmake_administrator,
)
from auth_server.administration.listed import Window
from auth_server.administration.people_listing import Kind, describe_account, search_accounts, sign_in_ways
from auth_server.keys.service_accounts import find_service
from auth_server.membership.erasures import delete_account
from auth_server.models import User
from auth_server.people import find_user
from cli.account_listing import print_account, print_accounts
from cli.auth_database import AuthDatabase, auth_database
from cli.failures import stop
from cli.options import AsJson, DataDir

Who = Annotated[str, typer.Argument(help="The e-mail address of a person, or the name of a service.")]
MOST = 10_000


def list_all(
    search: Annotated[str, typer.Argument(help="A part of an address or a name.")] = "",
    kind: Annotated[Kind, typer.Option(help="Which accounts.")] = Kind.ALL,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List accounts, newest first; never what they remember."""
    with auth_database(data_dir) as database:
        listed = search_accounts(database.session, Window(MOST), search, kind)
    print_accounts(listed, as_json=as_json)


def show(who: Who, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show an account: its rights, how it is opened, and how many apps and keys it has."""
    with auth_database(data_dir) as database:
        user = known_account(database, who)
        account, ways = describe_account(database.session, user), sign_in_ways(database.session, user)
    print_account(account, ways, as_json=as_json)


def disable(who: Who, data_dir: DataDir = None) -> None:
    """Shut an account out: within seconds nothing of it works; nothing is deleted."""
    called = _do(who, data_dir, disable_account)
    typer.echo(f"{called} is disabled; `ostiary users enable` lets them in again.")


def enable(who: Who, data_dir: DataDir = None) -> None:
    """Let a disabled account in again; its apps and keys work as before."""
    typer.echo(f"{_do(who, data_dir, enable_account)} may use Ostiary again.")


def make_admin(who: Who, data_dir: DataDir = None) -> None:
    """Give somebody the rights of an administrator."""
    typer.echo(f"{_do(who, data_dir, make_administrator)} is an administrator now.")


def unmake_admin(who: Who, data_dir: DataDir = None) -> None:
    """Take the rights of an administrator from somebody; the last one keeps them."""
    typer.echo(f"{_do(who, data_dir, unmake_administrator)} is no administrator.")


def delete(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete an account and destroy everything it remembers; prints the address of the certificate, this once."""
    with auth_database(data_dir) as database:
        called = describe_account(database.session, known_account(database, who)).called
    if not yes and typer.prompt(f"Everything {called} remembers is destroyed. Type {called} to go on") != called:
        stop(f"{called} was not deleted")
    try:
        with auth_database(data_dir) as database:
            link = delete_account(database.session, database.settings, known_account(database, who)).link
    except LastAdministratorError as refused:
        stop(str(refused))
    typer.echo(f"{called} is deleted. When the memory is destroyed, this certificate says so:\n{link}")


def known_account(database: AuthDatabase, who: str) -> User:
    """The account, or the end of the command."""
    user = find_user(database.session, who) or find_service(database.session, who)
    if user is None:
        stop(f"no account is called {who}; `ostiary users list` shows them")
    return user


def _do(who: str, data_dir: DataDir, act: Callable[[Session, User], None]) -> str:
    """Does it, and gives what the account is called."""
    try:
        with auth_database(data_dir) as database:
            user = known_account(database, who)
            act(database.session, user)
            return describe_account(database.session, user).called
    except (LastAdministratorError, NotAPersonError) as refused:
        stop(str(refused))
