"""`ostiary trust`: who may be an app here. What it changes holds from the next request on; nothing is restarted."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from auth_server.trust.host_rules import InvalidHostError, Ruling, forget_host_rule, set_host_rule
from auth_server.trust.initial_access_tokens import LIFETIME, issue_initial_access_token, revoke_initial_access_tokens
from auth_server.trust.overview import trust_overview
from auth_server.trust.rules import RegistrationMode, allow_documents, registration_mode, set_registration_mode
from cli.auth_database import auth_database
from cli.counting import counted
from cli.failures import stop
from cli.options import AsJson, DataDir
from cli.trust_listing import print_overview

app = typer.Typer(no_args_is_help=True, help="Who may be an app here; changes hold at once, without a restart.")

Host = Annotated[str, typer.Argument(help="A host such as claude.ai, or *.example.com for all below example.com.")]
STILL_OPEN = "Apps can still register themselves, under any name: `ostiary trust registration off` ends that."
STAYS = "Apps that are connected stay connected; `ostiary clients list` shows them."


class OnOff(StrEnum):
    """A switch."""

    ON = "on"
    OFF = "off"


@app.callback()
def group() -> None:
    """Who may be an app here."""


@app.command("show")
def show(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show every switch and rule as it stands."""
    with auth_database(data_dir) as database:
        overview = trust_overview(database.session)
    print_overview(overview, as_json=as_json)


@app.command("documents")
def documents(switch: OnOff, data_dir: DataDir = None) -> None:
    """Let apps be known by a client ID metadata document, or not."""
    with auth_database(data_dir) as database:
        allow_documents(database.session, switch is OnOff.ON)
    typer.echo(f"Client ID metadata documents are {switch}. {STAYS if switch is OnOff.OFF else ''}".rstrip())


@app.command("registration")
def registration(mode: RegistrationMode, data_dir: DataDir = None) -> None:
    """Let every app register itself, only those with an initial access token, or none."""
    with auth_database(data_dir) as database:
        set_registration_mode(database.session, mode)
    said = {
        RegistrationMode.OPEN: "Every app may register itself.",
        RegistrationMode.TOKEN: f"Registration needs a token: `ostiary trust registration-token` makes one. {STAYS}",
        RegistrationMode.OFF: f"No app registers itself: `ostiary clients create` enters one by hand. {STAYS}",
    }
    typer.echo(said[mode])


@app.command("allow")
def allow(host: Host, data_dir: DataDir = None) -> None:
    """Allow the documents of a host; from the first one on, no other host's count."""
    kept = _rule(host, Ruling.ALLOW, data_dir)
    typer.echo(f"{kept} is allowed. Hosts that are not allowed do not count.")
    with auth_database(data_dir) as database:
        is_open = registration_mode(database.session) is RegistrationMode.OPEN
    if is_open:
        typer.echo(STILL_OPEN)


@app.command("deny")
def deny(host: Host, data_dir: DataDir = None) -> None:
    """Deny the documents of a host, also where another rule allows it."""
    kept = _rule(host, Ruling.DENY, data_dir)
    typer.echo(f"{kept} is denied. {STAYS}")


@app.command("forget")
def forget(host: Host, data_dir: DataDir = None) -> None:
    """Forget what was said of a host."""
    try:
        with auth_database(data_dir) as database:
            if not forget_host_rule(database.session, host):
                stop(f"no rule names {host}; `ostiary trust show` lists them")
            allowed = trust_overview(database.session).allowed_hosts
    except InvalidHostError as wrong:
        stop(str(wrong))
    others = "Hosts that are not allowed do not count." if allowed else "Every host that is not denied counts."
    typer.echo(f"No rule names {host} any more. {others}")


@app.command("registration-token")
def registration_token(
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it is good for.")] = LIFETIME.days,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Print, this once, an initial access token with which apps may register until it expires."""
    with auth_database(data_dir) as database:
        token = issue_initial_access_token(database.session, timedelta(days=days))
        mode = registration_mode(database.session)
    if as_json:
        typer.echo(f'{{"initial_access_token": "{token}", "expires_in": {days * 24 * 60 * 60}}}')
        return
    typer.echo(f"{token}\n\nGood for {counted(days, 'day')} and any number of apps; it is shown this once.")
    if mode is not RegistrationMode.TOKEN:
        typer.echo(f"Registration is {mode}, so nobody is asked for it: `ostiary trust registration token` asks.")


@app.command("revoke-registration-tokens")
def revoke_registration_tokens(data_dir: DataDir = None) -> None:
    """End every initial access token at once; apps that registered with one stay."""
    with auth_database(data_dir) as database:
        revoked = revoke_initial_access_tokens(database.session)
    ended = counted(revoked, "initial access token")
    typer.echo(f"{ended} {'is' if revoked == 1 else 'are'} good for nothing any more.")


def _rule(host: str, ruling: Ruling, data_dir: DataDir) -> str:
    try:
        with auth_database(data_dir) as database:
            return set_host_rule(database.session, host, ruling)
    except InvalidHostError as wrong:
        stop(str(wrong))
