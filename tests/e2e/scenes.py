"""Every state in which the pages of both servers can be met: how to get there, in a real browser."""

from playwright.sync_api import Page

from tests.e2e.site import ADA, Scene, Site, sign_in


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
