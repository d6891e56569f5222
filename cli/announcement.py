"""What `ostiary up` says once both servers answer: where to connect, where to sign in, where the key lies."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from rich.console import Console

from auth_server.grants import count_for_other_resources
from auth_server.membership.setup_links import has_administrator, issue_setup_link
from auth_server.settings import Settings
from cli.auth_database import auth_database
from cli.generated_keys import generated_key_lines
from shared.master_key import MasterKey

USUAL_MCP_URL: Final = "http://localhost:8000/mcp"
"""Where `make demo` looks unless it is told otherwise."""

HTTPS_PORT: Final = 443


def setup_link() -> str | None:
    """A fresh one-time link while nobody administers the installation, else None."""
    with auth_database() as database:
        return None if has_administrator(database.session) else issue_setup_link(database.session, database.settings)


def connections_elsewhere() -> int:
    """How many live connections were made while the MCP endpoint had another address, and are refused at this one."""
    with auth_database() as database:
        return count_for_other_resources(database.session, database.settings.is_resource)


def new_keys() -> list[str]:
    """What to say of keys that were made just now."""
    with auth_database() as database:
        return generated_key_lines(database.session, database.settings)


def announce(settings: Settings, key: MasterKey, tunnel_target: str | None) -> None:
    """Prints a few lines; addresses stand alone, so that they can be copied."""
    link, elsewhere = setup_link(), connections_elsewhere()
    console = Console(highlight=False, soft_wrap=True)
    console.print("\n[bold]Ostiary is running.[/bold]\n")
    for label, value in _addresses(settings, key, tunnel_target):
        console.print(f"  {label:<20}  {value}")
    if not is_within_reach_of_hosted_apps(settings):
        console.print(f"\nclaude.ai and ChatGPT reach port {HTTPS_PORT} alone: this address is for other apps.")
    if elsewhere:
        console.print(f"\nConnections made at another address: {elsewhere}. Those apps must connect again at this one.")
    if link is not None:
        console.print(f"\n{_no_administrator(is_tunnel=tunnel_target is not None)}\n")
        console.print(f"  [bold]{link}[/bold]")
    for line in new_keys():
        console.print(f"\n{line}")
    console.print("\nCtrl-C ends both servers.\n")


def is_within_reach_of_hosted_apps(settings: Settings) -> bool:
    """Whether a public address has the one port that claude.ai and ChatGPT connect to; localhost is not meant for them.

    Their servers are behind filters of their own: another port is refused there, and nothing arrives here.
    """
    return not settings.is_https or urlsplit(settings.issuer).port in (None, HTTPS_PORT)


def _addresses(settings: Settings, key: MasterKey, tunnel_target: str | None) -> Iterator[tuple[str, str]]:
    yield "Connect an app with", f"[bold]{settings.mcp_url}[/bold]"
    if settings.mcp_url != USUAL_MCP_URL:
        yield "Try it with", f"make demo URL={settings.mcp_url}"
    yield "See connected apps", f"{settings.issuer}/account/apps"
    yield "Data", str(settings.data_dir.resolve())
    yield "Master key", f"{key.source} [dim](keep a copy: without it no memory can be read)[/dim]"
    if tunnel_target is not None:
        yield "Lead your tunnel to", f"{tunnel_target} [dim](then everybody can open the sign-in page)[/dim]"


def _no_administrator(*, is_tunnel: bool) -> str:
    """What comes before the link."""
    if is_tunnel:
        return (
            "There is no administrator yet. Make your account before you open the tunnel: Ctrl-C, start once without\n"
            "the public address, and open the link of that start. Through the tunnel it is this one, once, for a day:"
        )
    return "There is no administrator yet. This link creates one; it works once, for a day:"
