"""`ostiary users invite`: a link that makes one account."""

from typing import Annotated

import typer

from auth_server.mail.delivery import MailNotSentError
from auth_server.mail.letters import invitation_letter
from auth_server.mail.outbox import Outbox
from auth_server.membership.invitations import LIFETIME, NewInvitation
from auth_server.membership.invitations import invite as new_invitation
from auth_server.people import InvalidPersonError
from cli.auth_database import auth_database
from cli.failures import stop
from cli.options import DataDir


def invite(
    email: Annotated[str, typer.Argument(help="Whom the account is for; without it, for whoever gets the link.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="The account will be an administrator's.")] = False,
    send: Annotated[
        bool, typer.Option("--send/--no-send", help="Send it by e-mail, where a mail server is set.")
    ] = True,
    data_dir: DataDir = None,
) -> None:
    """Make a link with which somebody makes their account, once, within seven days; print it, and send it."""
    try:
        with auth_database(data_dir) as database:
            made = new_invitation(database.session, database.settings, email, is_admin=admin)
            outbox = Outbox(database.settings)
            site = database.settings.issuer
    except InvalidPersonError as wrong:
        stop(str(wrong))
    whom = f"{made.invitation.email} makes" if made.invitation.email else "Whoever gets it makes"
    typer.echo(f"{whom} an account with this link, once, within {LIFETIME.days} days:")
    typer.echo(made.link)
    if send and made.invitation.email and outbox.has_server:
        _send(outbox, made, site)


def _send(outbox: Outbox, made: NewInvitation, site: str) -> None:
    """Says whether the mail server took it; the link is good either way."""
    try:
        outbox.send(invitation_letter(made.invitation.email, made.link, "", site))
    except MailNotSentError as refusal:
        stop(f"the invitation was not sent: {refusal}; hand the link over yourself")
    typer.echo("It was sent there, too.")
