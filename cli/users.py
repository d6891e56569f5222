"""`ostiary users`: the people who may sign in."""

import sys
from typing import Annotated

import typer

from auth_server.people import InvalidPersonError, create_user
from cli.auth_database import auth_database
from cli.failures import stop
from cli.options import DataDir

app = typer.Typer(no_args_is_help=True, help="People who may sign in.")


@app.callback()
def group() -> None:
    """People who may sign in."""


@app.command("create")
def create(
    email: Annotated[str, typer.Option(help="What the person signs in with.")],
    admin: Annotated[bool, typer.Option("--admin", help="May administer this installation.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Create an account; asks for the password twice unless it comes on standard input."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask()
    try:
        with auth_database(data_dir) as database:
            user = create_user(database.session, email, password, is_admin=admin)
            user_id, address = user.id, user.email
    except InvalidPersonError as wrong:
        stop(str(wrong))
    typer.echo(f"{address} may sign in now ({user_id}).")


def _ask() -> str:
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
