"""`ostiary users invite`: a link that makes one account."""

from typing import Annotated

import typer

from auth_server.invitations import LIFETIME
from auth_server.invitations import invite as new_invitation
from auth_server.people import InvalidPersonError
from cli.auth_database import auth_database
from cli.failures import stop
from cli.options import DataDir


def invite(
    email: Annotated[str, typer.Argument(help="Whom the account is for; without it, for whoever gets the link.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="The account will be an administrator's.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Print a link with which somebody makes their account, once, within seven days."""
    try:
        with auth_database(data_dir) as database:
            made = new_invitation(database.session, database.settings, email, is_admin=admin)
            invited, link = made.invitation.email, made.link
    except InvalidPersonError as wrong:
        stop(str(wrong))
    whom = f"{invited} makes" if invited else "Whoever gets it makes"
    typer.echo(f"{whom} an account with this link, once, within {LIFETIME.days} days:")
    typer.echo(link)
