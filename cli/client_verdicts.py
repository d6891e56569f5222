"""`ostiary clients approve`, `block` and their like: what an administrator says of an app, and its other secret."""

from datetime import timedelta
from typing import Annotated

import typer

from auth_server.clients import UNSEEN_LIFETIME, clean_up_clients, count_unused_clients
from auth_server.trust.client_administration import describe_client
from auth_server.trust.client_secrets import (
    LONGEST_OVERLAP,
    USUAL_OVERLAP,
    NoSecretError,
    RotatingError,
    rotate_secret,
)
from auth_server.trust.client_verdicts import NothingToApproveError, approve_client, block_client, unblock_client
from cli.auth_database import auth_database
from cli.counting import counted
from cli.failures import stop
from cli.known_client import ClientId, known_client
from cli.options import AsJson, DataDir

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def approve(client_id: ClientId, data_dir: DataDir = None) -> None:
    """Vouch for an app that registered itself: people read that you approved it, until it changes what it says."""
    try:
        with auth_database(data_dir) as database:
            client = known_client(database, client_id)
            approve_client(database.session, client)
            name = describe_client(database.session, client).name
    except NothingToApproveError as wrong:
        stop(str(wrong))
    typer.echo(f"{name} is approved; people are not warned of it any more.")


def block(client_id: ClientId, data_dir: DataDir = None) -> None:
    """Shut an app out: within seconds nothing of it works; what people allowed it is kept."""
    with auth_database(data_dir) as database:
        client = known_client(database, client_id)
        block_client(database.session, client)
        listed = describe_client(database.session, client)
    held = counted(listed.live_grants, "connection")
    typer.echo(f"{listed.name} is blocked; {held} wait until `ostiary clients unblock` lets it in again.")


def unblock(client_id: ClientId, data_dir: DataDir = None) -> None:
    """Let a blocked app in again; what people allowed it counts again."""
    with auth_database(data_dir) as database:
        client = known_client(database, client_id)
        unblock_client(database.session, client)
        listed = describe_client(database.session, client)
    typer.echo(f"{listed.name} is not blocked; it has {counted(listed.live_grants, 'connection')}.")


def rotate(
    client_id: ClientId,
    hours: Annotated[
        int, typer.Option(min=0, max=LONGEST_OVERLAP // HOUR, help="How long the secret before it works too.")
    ] = USUAL_OVERLAP // HOUR,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Print, this once, another secret for an app that has one."""
    try:
        with auth_database(data_dir) as database:
            client = known_client(database, client_id)
            secret = rotate_secret(database.session, client, overlap=timedelta(hours=hours))
    except (NoSecretError, RotatingError) as wrong:
        stop(str(wrong))
    if as_json:
        typer.echo(f'{{"client_secret": "{secret}", "overlap_hours": {hours}}}')
        return
    until = f"works for {counted(hours, 'more hour')}" if hours else "works no longer"
    typer.echo(f"{secret}\n\nThe secret is shown this once; the one before it {until}.")


def clean_up(
    days: Annotated[int, typer.Option(min=0, max=3650, help="How long an app may go without a connection.")] = 30,
    yes: Annotated[bool, typer.Option("--yes", help="Delete them; without it they are only counted.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete the apps that registered themselves and that nobody ever connected."""
    lifetime = max(days * DAY, UNSEEN_LIFETIME)
    with auth_database(data_dir) as database:
        if yes:
            gone = clean_up_clients(database.session, lifetime)
        else:
            waiting = count_unused_clients(database.session, lifetime)
    if yes:
        typer.echo(f"Deleted {counted(gone, 'unused app')}.")
    elif waiting:
        typer.echo(f"There {'is' if waiting == 1 else 'are'} {counted(waiting, 'unused app')}; --yes deletes them.")
    else:
        typer.echo("There are no unused apps.")
