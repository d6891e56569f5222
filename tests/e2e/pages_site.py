"""Both servers with servers behind them in every state that their pages show."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations
from playwright.sync_api import Page

from auth_server.people import create_user
from resource_server.gateway.upstream import Upstream
from tests.consent_form import PASSWORD
from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.key_holders import auth_session
from tests.servers import RunningServer, free_port

ROOT, BEA, NEW = "root@example.org", "bea@example.org", "nell@example.org"


@dataclass
class PagesSite:
    """`root` administers, `bea` has entered and added something, `nell` nothing."""

    doors: Doors

    @property
    def origin(self) -> str:
        """Of the pages."""
        return self.doors.origin


def enter(page: Page, site: PagesSite, email: str, path: str = "/servers") -> None:
    """Opens a page as this person, through the authorization server."""
    page.goto(site.origin + path)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Continue").wait_for()
    field = page.get_by_label("Your password")
    if field.count():
        field.fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{site.origin}{path}**")


@contextmanager
def pages_site(folder: Path) -> Iterator[PagesSite]:
    """On ports and a data folder of its own."""
    doors = Doors(folder)
    doors.start_auth()
    doors.start_resource()
    port = free_port()
    running = RunningServer(_calendar().streamable_http_app(stateless_http=False), port)
    behind = Behind(doors)
    try:
        _fill(doors, behind, f"http://127.0.0.1:{port}/mcp")
        yield PagesSite(doors)
    finally:
        behind.close()
        running.stop()
        doors.close()


def _calendar() -> MCPServer:
    server = MCPServer("calendar")
    reads = ToolAnnotations(readOnlyHint=True)

    @server.tool(annotations=reads)
    def find_events(words: str, days: int = 14) -> str:
        """Finds events of the coming days whose title or place has these words."""
        return f"{words} {days}"

    @server.tool(annotations=reads)
    def free_times(day: str) -> str:
        """Says when nothing is planned on a day."""
        return day

    @server.tool()
    def add_event(title: str, starts_at: str, minutes: int = 60) -> str:
        """Adds an event to the calendar, and invites nobody."""
        return f"{title} {starts_at} {minutes}"

    return server


def _fill(doors: Doors, behind: Behind, url: str) -> None:
    """Servers for everybody, one of Bea's own, and a tool that was something else when she accepted it."""
    with auth_session(doors) as session:
        people = {email: create_user(session, email, PASSWORD, is_admin=email == ROOT).id for email in (ROOT, BEA, NEW)}
    behind.http("calendar", url)
    behind.http("backups", f"http://127.0.0.1:{free_port()}/mcp")
    behind.http("tickets", url, asks=("Authorization",))
    behind.upstreams.enter(behind.http("library", url, asks=("X-Card",)), people[BEA], {"X-Card": "1234"})
    mine = behind.http("my-notes", url, owner=people[BEA])
    for one, user_id in ((mine, people[BEA]), (_at_the_office(behind, url), people[ROOT])):
        behind.accept(one, user_id, {"add_event": {"name": "add_event", "description": "Adds an event."}})


def _at_the_office(behind: Behind, url: str) -> Upstream:
    return behind.http("office", url, secrets={"X-Api-Key": "k"})
