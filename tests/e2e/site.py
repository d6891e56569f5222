"""A running server with people and apps in every state that a page can show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page

from auth_server.membership.setup_links import issue_setup_link
from auth_server.models import Client
from resource_server.app import create_app
from resource_server.settings import Settings
from shared.clock import now
from tests.auth_harness import PASSWORD, AuthHarness, RegisteredClient, auth_settings
from tests.document_clients import CLAUDE, CLAUDE_CODE, claiming, publish
from tests.document_host import DocumentHost
from tests.doors import MASTER_KEY
from tests.e2e.pages_site import PagesSite, pages_site
from tests.e2e.providers_site import site_with_providers
from tests.e2e.told_servers import told_servers
from tests.servers import RunningServer, free_port

ADA = "ada@example.org"

NEAR = "https://vendor.example/client.json"

ELSEWHERE = "https://notes.vendor.example/client.json"

FAR = "https://research-assistant.customers.europe-west4.extraordinarily-long-name.example/client.json"

CHANGED = "https://notes.example/client.json"

LONG_NAME = "The Extraordinarily Long-Winded Research Assistant for Distributed Teams, Enterprise Edition"

TOPICS = "work garden book-club house-renovation taxes-2026 running recipes travel-japan kids-school band-practice"


@dataclass
class Site:
    """A running server with people and apps in every state a page can show."""

    auth: AuthHarness
    url: str
    mcp_origin: str
    """Where the MCP server is that leads here."""
    half_up: str
    """Where one port serves everything, and the authorization server behind it is down."""
    with_providers: str
    """Where people may sign in with other providers."""
    pages: PagesSite
    """Where people look at their servers."""
    setup_link: str
    clients: dict[str, RegisteredClient]

    def authorize(self, name: str, **changes: str | None) -> str:
        return f"{self.url}/authorize?{urlencode(self.auth.authorization_parameters(self.clients[name], **changes))}"


Scene = Callable[[Page, Site], None]


def sign_in(page: Page, site: Site, email: str = ADA) -> None:
    """Through the page, as a person does."""
    page.goto(f"{site.url}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account/apps")


def give_password(page: Page) -> None:
    """Fills the password field of a consent page that has one."""
    field = page.get_by_label("Your password")
    if field.count():
        field.fill(PASSWORD)


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Two people: one new, one with apps; apps of every kind; and servers whose tools may be given."""
    with told_servers() as told:
        yield from _running_site(folder, told)


def _running_site(folder: Path, told: str) -> Iterator[Site]:
    port = free_port()
    url = f"http://localhost:{port}"
    web = DocumentHost()
    settings = auth_settings(folder, issuer=url, login_attempts=10_000, sign_up="open", resource_internal_url=told)
    auth = AuthHarness(settings, web.network)
    with auth.database() as session:
        link = issue_setup_link(session, auth.settings)
    auth.create_user("new@example.org")
    auth.create_user(ADA)
    clients = {
        "claude": auth.register(client_name="Claude", redirect_uris=["https://claude.ai/api/mcp/auth_callback"]),
        "claude code": auth.register(client_name="Claude Code", redirect_uris=["http://localhost/callback"]),
        "cursor": auth.register(
            client_name="Cursor",
            redirect_uris=["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback"],
        ),
        "long": auth.register(client_name=LONG_NAME, redirect_uris=["https://research.example.com/oauth/callback"]),
        "stranger": auth.register(client_name="Notes", redirect_uris=["https://notes.example.com/callback"]),
        "gone": auth.register(client_name="Raycast", redirect_uris=["https://raycast.com/redirect"]),
    }
    clients |= {
        "claude by document": publish(web, CLAUDE),
        "claude code by document": publish(web, CLAUDE_CODE),
        "near": publish(web, NEAR, client_name="Notes", redirect_uris=["https://www.vendor.example/back"]),
        "elsewhere": publish(web, ELSEWHERE, client_name="Notes", redirect_uris=["https://auth.vendor.example/back"]),
        "long host": publish(web, FAR, client_name="Research", redirect_uris=[FAR.replace("client.json", "back")]),
        "changed": publish(web, CHANGED, client_name="Notebook", redirect_uris=["https://notes.example/callback"]),
        "without a document": claiming("https://app.example/oauth/client.json"),
    }
    connect_apps(auth, clients)
    rename(auth, web)
    running = RunningServer(auth.app, port)
    with mcp_server(folder / "mcp", url) as mcp_origin, mcp_server(folder / "one-port") as half_up:
        try:
            with site_with_providers(folder / "providers") as with_providers, pages_site(folder / "pages") as pages:
                yield Site(auth, url, mcp_origin, half_up, with_providers, pages, link, clients)
        finally:
            running.stop()
            web.stop()


@contextmanager
def mcp_server(folder: Path, issuer: str = "") -> Iterator[str]:
    """One on a data folder of its own, whose pages lead to `issuer`; without one it is a single port, and half up."""
    port = free_port()
    origin = f"http://localhost:{port}"
    settings = Settings(
        data_dir=folder,
        issuer=issuer or origin,
        mcp_url=f"{origin}/mcp",
        master_key=MASTER_KEY,
        embedder="none",
        single_port=not issuer,
        auth_internal_url="" if issuer else f"http://127.0.0.1:{free_port()}",
    )
    running = RunningServer(create_app(settings), port)
    try:
        yield origin
    finally:
        running.stop()


def connect_apps(auth: AuthHarness, clients: dict[str, RegisteredClient]) -> None:
    """Ada's apps: one that may do everything, one with two approvals, one that was never used, one gone again."""
    auth.sign_in(ADA)
    topics = ["personal", *TOPICS.split(), *(f"project-{number}" for number in range(1, 12))]
    first = auth.tokens(clients["claude"], choices={"read": ["*"], "write": ["personal", "work"]})
    auth.refresh(clients["claude"], first["refresh_token"])
    auth.tokens(clients["claude code"], choices={"read": topics, "write": ["work"]})
    auth.tokens(clients["claude code"], choices={"read": ["work"], "write": ["work"], "lifetime": "86400"})
    acting = {"scope": ["memory:read", "gateway:call"], "server_tool": ["github search", "github create_issue"]}
    auth.tokens(clients["cursor"], scope="memory:read gateway:call", choices=acting)
    auth.tokens(clients["long"], choices={"scope": ["memory:read"], "read": ["personal"]})
    auth.tokens(clients["claude by document"], choices={"read": ["personal", "work"], "write": ["work"]})
    auth.tokens(clients["changed"], choices={"read": ["personal"], "write": ["personal"]})
    gone = auth.tokens(clients["gone"])
    auth.http.post("/revoke", data={"token": gone["refresh_token"], **clients["gone"].credential})


def rename(auth: AuthHarness, web: DocumentHost) -> None:
    """The document of an app that Ada uses now says something else, and is due."""
    publish(web, CHANGED, client_name="Notebook Pro", redirect_uris=["https://notes.example/callback"])
    with auth.database() as session:
        session.get_one(Client, CHANGED).document_expires_at = now()
