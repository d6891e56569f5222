"""`ostiary clients`: the apps this installation knows, and those an administrator enters by hand."""

from typing import Annotated

import typer

from auth_server.administration.client_details import client_details
from auth_server.clients import delete_client
from auth_server.models import ClientOrigin
from auth_server.oauth.entered_clients import UnusableDraftError, enter_client
from auth_server.trust.client_administration import describe_client, distrust_client, list_clients, trust_client
from auth_server.trust.known_apps import KNOWN_APPS, AppName, Method, draft
from cli import client_verdicts
from cli.auth_database import auth_database
from cli.client_details import print_client
from cli.client_listing import print_clients, print_entered
from cli.counting import counted
from cli.failures import stop
from cli.known_client import ClientId, known_client
from cli.options import AsJson, DataDir
from cli.service_clients import create_service

app = typer.Typer(no_args_is_help=True, help="Apps this installation knows.")

MAY_COME_BACK = {
    ClientOrigin.REGISTERED: "It may register again.",
    ClientOrigin.DOCUMENT: "Its document lets it connect again, unless `ostiary trust deny` names its host.",
    ClientOrigin.ADMINISTRATOR: "Its client id is good for nothing any more.",
    ClientOrigin.OWN_PAGES: "It is part of this Ostiary: the next start makes it anew.",
}


@app.callback()
def group() -> None:
    """Apps this installation knows."""


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What people read on the consent page.")] = "",
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where the app takes its answers; may be given several times.")
    ] = None,
    known_app: Annotated[
        AppName | None, typer.Option("--for", help="Fill in the name, addresses and method of a well-known app.")
    ] = None,
    method: Annotated[
        Method | None, typer.Option(help="How the app proves who it is; client_secret_post unless --for knows better.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Enter an app by hand; prints its client id and, this once, its secret."""
    _check_draft(known_app, name, redirect_uri, method)
    with auth_database(data_dir) as database:
        try:
            wanted = draft(known_app, name, redirect_uri or (), method)
            entered = enter_client(database.session, database.settings, wanted)
        except UnusableDraftError as wrong:
            stop(f"{wrong} `ostiary clients create --help` says how.")
    print_entered(entered, known_app, as_json=as_json)


@app.command("list")
def list_all(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List every app: how it is known, where it takes its answers, and how many connections it has now."""
    with auth_database(data_dir) as database:
        listed = list_clients(database.session)
    print_clients(listed, as_json=as_json)


@app.command("show")
def show(client_id: ClientId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show everything about an app: where it came from, what it holds, and what you said of it."""
    with auth_database(data_dir) as database:
        details = client_details(database.session, known_client(database, client_id))
    print_client(details, as_json=as_json)


@app.command("delete")
def delete(client_id: ClientId, data_dir: DataDir = None) -> None:
    """Delete an app; whatever people allowed it ends at once."""
    with auth_database(data_dir) as database:
        client = known_client(database, client_id)
        listed = describe_client(database.session, client)
        delete_client(database.session, client)
    ended = f"{counted(listed.live_grants, 'connection')} ended with it"
    typer.echo(f"{listed.name} is deleted; {ended}. {MAY_COME_BACK[listed.origin]}")


@app.command("trust")
def trust(client_id: ClientId, data_dir: DataDir = None) -> None:
    """Let an app use prompt=none: a browser that needs no sign-in or consent is sent back to it without a page."""
    with auth_database(data_dir) as database:
        client = known_client(database, client_id)
        trust_client(database.session, client)
        name = describe_client(database.session, client).name
    typer.echo(f"{name} is trusted now. `ostiary clients distrust` takes it back.")


@app.command("distrust")
def distrust(client_id: ClientId, data_dir: DataDir = None) -> None:
    """Take back what `trust` gave an app; whatever people allowed it stays."""
    with auth_database(data_dir) as database:
        client = known_client(database, client_id)
        distrust_client(database.session, client)
        name = describe_client(database.session, client).name
    typer.echo(f"{name} is not trusted any more: with prompt=none it gets nothing.")


app.command("create-service")(create_service)
app.command("approve")(client_verdicts.approve)
app.command("block")(client_verdicts.block)
app.command("unblock")(client_verdicts.unblock)
app.command("rotate-secret")(client_verdicts.rotate)
app.command("clean-up")(client_verdicts.clean_up)


def _check_draft(known_app: AppName | None, name: str, redirect_uris: list[str] | None, method: Method | None) -> None:
    """What only this command can say of what was typed; everything else is for the rules of registration."""
    if known_app is None and not name and not redirect_uris:
        stop(
            f"an app needs a name and where it takes its answers, `NAME --redirect-uri URI`; or --for "
            f"{', '.join(AppName)}. `ostiary clients create --help` says how."
        )
    if known_app is not None and KNOWN_APPS[known_app].method is Method.NONE and method not in (None, Method.NONE):
        stop(
            f"{KNOWN_APPS[known_app].name} runs on people's computers, where no secret keeps: leave --method out. "
            "`ostiary clients create --help` says how."
        )
