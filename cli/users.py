"""`ostiary users`: the people who may sign in."""

import sys
from typing import Annotated

import typer

from auth_server.people import InvalidPersonError, create_user, find_user, set_password
from auth_server.sign_in.authenticator import turn_codes_off
from auth_server.sign_in.sessions import sign_out_everywhere
from cli import accounts
from cli.auth_database import auth_database
from cli.erasures import verify_erasure
from cli.failures import stop
from cli.invitations import invite
from cli.options import DataDir

app = typer.Typer(no_args_is_help=True, help="People who may sign in.")


@app.callback()
def group() -> None:
    """People who may sign in."""


app.command("invite")(invite)
app.command("list")(accounts.list_all)
app.command("show")(accounts.show)
app.command("disable")(accounts.disable)
app.command("enable")(accounts.enable)
app.command("make-admin")(accounts.make_admin)
app.command("unmake-admin")(accounts.unmake_admin)
app.command("delete")(accounts.delete)
app.command("verify-erasure")(verify_erasure)

Email = Annotated[str, typer.Option(help="What the person signs in with.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


@app.command("create")
def create(
    email: Email,
    admin: Annotated[
        bool, typer.Option("--admin", help="Give them the rights of an administrator: people, apps, keys and rules.")
    ] = False,
    password_stdin: PasswordStdin = False,
    data_dir: DataDir = None,
) -> None:
    """Create an account; asks for the password twice unless it comes on standard input."""
    password = _password(from_stdin=password_stdin)
    try:
        with auth_database(data_dir, may_create=True) as database:
            user = create_user(database.session, email, password, is_admin=admin)
            user_id, address, folder = user.id, user.email, database.settings.data_dir.resolve()
            is_new = database.is_new
    except InvalidPersonError as wrong:
        stop(str(wrong))
    if is_new:
        typer.echo(f"{folder} held no Ostiary; it does now.")
    typer.echo(f"{address} may sign in now ({user_id}).")


@app.command("set-password")
def change_password(email: Email, password_stdin: PasswordStdin = False, data_dir: DataDir = None) -> None:
    """Give somebody a new password, sign their browsers out and disconnect their apps; API keys stay."""
    password = _password(from_stdin=password_stdin)
    try:
        with auth_database(data_dir) as database:
            address = set_password(database.session, email, password).email
    except InvalidPersonError as wrong:
        stop(str(wrong))
    typer.echo(f"{address} signs in with the new password now; browsers were signed out and apps disconnected.")


EmailArgument = Annotated[str, typer.Argument(help="What the person signs in with.")]


@app.command("turn-off-codes")
def turn_off_codes(email: EmailArgument, data_dir: DataDir = None) -> None:
    """Turn off the authenticator app of somebody who lost it and their recovery codes."""
    with auth_database(data_dir) as database:
        user = find_user(database.session, email)
        if user is None:
            stop("Nobody signs in with this e-mail address.")
        if not user.asks_code:
            stop(f"{user.email} has no authenticator app.")
        turn_codes_off(database.session, user)
        address = user.email
    typer.echo(f"{address} signs in with the password alone now.")


@app.command("sign-out")
def sign_out(email: EmailArgument, data_dir: DataDir = None) -> None:
    """Sign somebody out everywhere: browsers, connected apps and API keys end at once."""
    with auth_database(data_dir) as database:
        user = find_user(database.session, email)
        if user is None:
            stop("Nobody signs in with this e-mail address.")
        ended = sign_out_everywhere(database.session, user.id)
        address = user.email
    typer.echo(
        f"{address} was signed out everywhere: browsers {ended.browsers}, "
        f"approvals of apps {ended.grants}, API keys {ended.keys}."
    )


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
