"""Every state in which the pages of both servers can be met: how to get there, in a real browser."""

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
from tests.e2e.providers_site import site_with_providers
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
    setup_link: str
    clients: dict[str, RegisteredClient]

    def authorize(self, name: str, **changes: str | None) -> str:
        return f"{self.url}/authorize?{urlencode(self.auth.authorization_parameters(self.clients[name], **changes))}"


Scene = Callable[[Page, Site], None]


def login(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")


def login_for_an_app(page: Page, site: Site) -> None:
    page.goto(site.authorize("claude"))


def login_for_an_unknown_document(page: Page, site: Site) -> None:
    page.goto(site.authorize("without a document"))


def login_refused(page: Page, site: Site) -> None:
    page.goto(site.authorize("claude"))
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    page.locator("[role=alert]:not([hidden]), [aria-invalid]").wait_for()


def setup(page: Page, site: Site) -> None:
    page.goto(site.setup_link)


def setup_refused(page: Page, site: Site) -> None:
    page.goto(site.setup_link)
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("Password").fill("too short")
    page.get_by_role("button", name="Create account").click()
    page.locator("[role=alert], [aria-invalid]").wait_for()


def setup_link_dead(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/setup?token=setup_unknown")


def consent(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))


def consent_loopback(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude code", redirect_uri="http://localhost:58135/callback"))


def consent_private_scheme(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("cursor", redirect_uri="cursor://anysphere.cursor-mcp/oauth/callback"))


def consent_many_namespaces(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(site.authorize("claude code"))
    page.get_by_text("more", exact=False).first.scroll_into_view_if_needed()


def consent_read_only(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(site.authorize("long", scope="memory:read"))


def consent_nothing_chosen(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))
    page.get_by_label("Read your memories").uncheck()
    page.get_by_label("Save, change").uncheck()
    give_password(page)
    page.get_by_role("button", name="Connect").click()
    page.locator("[role=alert], [aria-invalid]").wait_for()


def consent_wrong_namespace(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))
    page.get_by_text("Add another part of your memory").click()
    page.get_by_label("Its name").fill("Bücher & mehr")
    give_password(page)
    page.get_by_role("button", name="Connect").click()
    page.locator("[role=alert], [aria-invalid]").wait_for()


def consent_wrong_password(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Connect").click()
    page.locator("[aria-invalid]").wait_for()


def consent_just_signed_in(page: Page, site: Site) -> None:
    page.goto(site.authorize("claude"))
    page.get_by_label("E-mail").fill("new@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Connect Claude?").wait_for()


def consent_tools(page: Page, site: Site) -> None:
    consent(page, site)
    page.get_by_text("Tools:").click()


def consent_technical(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))
    page.get_by_text("Technical names").click()


def consent_document(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude by document"))


def consent_document_loopback(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude code by document", redirect_uri="http://localhost:58135/callback"))


def consent_document_near(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("near"))


def consent_document_elsewhere(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("elsewhere"))


def consent_long_host(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("long host"))


def consent_remembered(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(site.authorize("claude by document"))
    page.get_by_role("heading", name="Continue with Claude?").wait_for()


def consent_remembered_wrong_password(page: Page, site: Site) -> None:
    consent_remembered(page, site)
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Continue").click()
    page.locator("[aria-invalid]").wait_for()


def consent_changed(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(site.authorize("changed"))
    page.get_by_text("until now: Notebook").wait_for()


def error_document_gone(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("without a document"))


def error_document_lacks_address(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude by document", redirect_uri="https://claude.ai/another/path"))


def apps_empty(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(f"{site.url}/account/apps")


def apps(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/account/apps")


def apps_opened(page: Page, site: Site) -> None:
    apps(page, site)
    page.get_by_text("What you allowed, 2 times").first.click()
    page.get_by_text("Disconnect", exact=True).first.click()


def apps_taken_back(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/account/apps?disconnected={site.clients['gone'].id}")


def error_unknown_client(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/authorize?client_id=cli_unknown&response_type=code")


def error_of_the_app(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("stranger", code_challenge=None))


def error_not_found(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/no/such/page")


def mcp_root(page: Page, site: Site) -> None:
    page.goto(f"{site.mcp_origin}/")


def mcp_endpoint(page: Page, site: Site) -> None:
    page.goto(f"{site.mcp_origin}/mcp")


def mcp_elsewhere(page: Page, site: Site) -> None:
    page.goto(f"{site.mcp_origin}/sse")
    page.get_by_text("For the makers of apps").click()


def mcp_memory_address(page: Page, site: Site) -> None:
    page.goto(f"{site.mcp_origin}/memories/mem_01kah0000000000000000000aa")


def single_port_refusal(page: Page, site: Site) -> None:
    page.goto(f"{site.half_up}/login")


SCENES: tuple[Scene, ...] = (
    login,
    login_for_an_app,
    login_for_an_unknown_document,
    login_refused,
    setup,
    setup_refused,
    setup_link_dead,
    consent,
    consent_loopback,
    consent_private_scheme,
    consent_many_namespaces,
    consent_read_only,
    consent_nothing_chosen,
    consent_wrong_namespace,
    consent_wrong_password,
    consent_just_signed_in,
    consent_technical,
    consent_tools,
    consent_document,
    consent_document_loopback,
    consent_document_near,
    consent_document_elsewhere,
    consent_long_host,
    consent_remembered,
    consent_remembered_wrong_password,
    consent_changed,
    apps_empty,
    apps,
    apps_opened,
    apps_taken_back,
    error_unknown_client,
    error_of_the_app,
    error_document_gone,
    error_document_lacks_address,
    error_not_found,
    mcp_root,
    mcp_endpoint,
    mcp_elsewhere,
    mcp_memory_address,
    single_port_refusal,
)


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
    """Two people: one new, one with apps; apps of every kind."""
    port = free_port()
    url = f"http://localhost:{port}"
    web = DocumentHost()
    auth = AuthHarness(auth_settings(folder, issuer=url, login_attempts=10_000, sign_up="open"), web.network)
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
            with site_with_providers(folder / "providers") as with_providers:
                yield Site(auth, url, mcp_origin, half_up, with_providers, link, clients)
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
