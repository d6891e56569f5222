"""What `ostiary up` says once both servers answer: where to connect, where to sign in, where the key lies."""

from rich.console import Console

from auth_server.grants import count_for_other_resources
from auth_server.settings import Settings
from auth_server.setup_links import has_administrator, issue_setup_link
from cli.auth_database import auth_database
from shared.master_key import MasterKey


def setup_link() -> str | None:
    """A fresh one-time link while nobody administers the installation, else None."""
    with auth_database() as database:
        return None if has_administrator(database.session) else issue_setup_link(database.session, database.settings)


def connections_elsewhere() -> int:
    """How many live connections were made while the MCP endpoint had another address, and are refused at this one."""
    with auth_database() as database:
        return count_for_other_resources(database.session, database.settings.mcp_url)


def announce(settings: Settings, key: MasterKey, tunnel_target: str | None) -> None:
    """Prints a few lines; addresses stand alone, so that they can be copied."""
    link, elsewhere = setup_link(), connections_elsewhere()
    console = Console(highlight=False, soft_wrap=True)
    console.print("\n[bold]Ostiary is running.[/bold]\n")
    console.print(f"  Connect an app with   [bold]{settings.mcp_url}[/bold]")
    console.print(f"  See connected apps    {settings.issuer}/account/apps")
    console.print(f"  Data                  {settings.data_dir.resolve()}")
    console.print(f"  Master key            {key.source} [dim](keep a copy: without it no memory can be read)[/dim]")
    if tunnel_target is not None:
        console.print(f"  Lead your tunnel to   {tunnel_target} [dim](the whole world can knock then)[/dim]")
    if elsewhere:
        console.print(f"\nConnections made at another address: {elsewhere}. Those apps must connect again at this one.")
    if link is not None:
        console.print("\nThere is no administrator yet. This link creates one; it works once, for a day:\n")
        console.print(f"  [bold]{link}[/bold]")
    console.print("\nCtrl-C ends both servers.\n")
