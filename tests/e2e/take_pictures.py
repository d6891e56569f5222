"""Takes the pictures of docs/connecting.md: our pages as they look for each app, small enough to be committed.

    .venv/bin/python -m tests.e2e.take_pictures FOLDER [PICTURE…]

Hosted apps meet a server at a public https address, apps on the person's machine one on localhost.
"""

import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.auth_harness import PASSWORD, AuthHarness, RegisteredClient, auth_settings
from tests.browser import launch_chromium
from tests.clients.codex import DOCUMENT_URL as CODEX
from tests.document_clients import CHATGPT, CLAUDE, CLAUDE_CODE, VS_CODE, publish
from tests.document_host import DocumentHost
from tests.servers import RunningServer, free_port
from tests.single_port_doors import LOOPBACK_PROXIES
from tests.tls_proxy import TlsProxy

PUBLIC_URL, LOCAL_URL = "https://memory.example.org/mcp", "http://localhost:8000/mcp"
NEW, ADA = "grace@example.org", "ada@example.org"
WIDTH, LEAST_HEIGHT, COLOURS = 720, 320, 64


@dataclass
class Place:
    """One server and the apps that people connect to it."""

    auth: AuthHarness
    url: str
    web: DocumentHost

    def asks(self, client: RegisteredClient, **changes: str | None) -> str:
        """The address at which the app has the browser opened."""
        return f"{self.url}/authorize?{urlencode(self.auth.authorization_parameters(client, **changes))}"

    def document(self, client_id: str) -> RegisteredClient:
        """A well-known app with its document."""
        return publish(self.web, client_id, logo_uri=None)


Picture = Callable[[Page, Place], None]


def sign_in(page: Page, place: Place) -> None:
    page.goto(place.asks(place.document(CLAUDE)))


def consent_claude(page: Page, place: Place) -> None:
    asked(page, place, place.document(CLAUDE))


def consent_chatgpt(page: Page, place: Place) -> None:
    asked(page, place, place.document(CHATGPT))


def continue_claude(page: Page, place: Place) -> None:
    client = place.document(CLAUDE)
    place.auth.sign_in(ADA)
    place.auth.tokens(client, choices={"read": ["personal", "work"], "write": ["work"]})
    asked(page, place, client, ADA)


def consent_claude_code(page: Page, place: Place) -> None:
    asked(page, place, place.document(CLAUDE_CODE), redirect_uri="http://localhost:58135/callback")


def consent_vscode(page: Page, place: Place) -> None:
    asked(page, place, place.document(VS_CODE), redirect_uri="http://127.0.0.1:33418/")


def consent_cursor(page: Page, place: Place) -> None:
    places = ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback"]
    asked(page, place, place.auth.register(client_name="Cursor", redirect_uris=places))


def consent_codex(page: Page, place: Place) -> None:
    client = publish(place.web, CODEX, client_name="Codex", redirect_uris=["http://127.0.0.1/callback"])
    asked(page, place, client, redirect_uri="http://127.0.0.1:43917/callback")


def consent_inspector(page: Page, place: Place) -> None:
    back = ["http://localhost:6274/oauth/callback"]
    asked(page, place, place.auth.register(client_name="MCP Inspector", redirect_uris=back))


def consent_mcp_remote(page: Page, place: Place) -> None:
    back = ["http://localhost:15342/oauth/callback"]
    asked(page, place, place.auth.register(client_name="MCP CLI Proxy", redirect_uris=back))


def consent_own_agent(page: Page, place: Place) -> None:
    back = ["http://127.0.0.1:8123/callback"]
    asked(page, place, place.auth.register(client_name="My agent", redirect_uris=back))


def connected_apps(page: Page, place: Place) -> None:
    place.auth.sign_in(ADA)
    place.auth.tokens(place.document(CLAUDE), choices={"read": ["*"], "write": ["personal", "work"]})
    place.auth.tokens(place.document(CLAUDE_CODE), choices={"read": ["work"], "write": ["work"]})
    sign_in_as(page, place, ADA)


def not_registered(page: Page, place: Place) -> None:
    page.goto(f"{place.url}/authorize?response_type=code&client_id=cli_01kah0000000000000000000bb")


PUBLIC: tuple[Picture, ...] = (
    sign_in,
    consent_claude,
    consent_chatgpt,
    continue_claude,
    connected_apps,
    not_registered,
)
LOCAL: tuple[Picture, ...] = (
    consent_claude_code,
    consent_vscode,
    consent_cursor,
    consent_codex,
    consent_inspector,
    consent_mcp_remote,
    consent_own_agent,
)


def asked(page: Page, place: Place, client: RegisteredClient, email: str = NEW, **changes: str | None) -> None:
    """The person followed the app's link, and has just signed in."""
    page.goto(place.asks(client, **changes))
    fill_in(page, email)
    page.locator("form[action$='/authorize']").wait_for()


def sign_in_as(page: Page, place: Place, email: str) -> None:
    """Without an app that waits."""
    page.goto(f"{place.url}/login")
    fill_in(page, email)
    page.wait_for_url("**/account/apps")


def fill_in(page: Page, email: str) -> None:
    """The sign-in form."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def photograph(browser: Browser, place: Place, take: Picture) -> bytes:
    """The whole page, as a PNG of few colours."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": LEAST_HEIGHT},
        color_scheme="light",
        java_script_enabled=False,
        ignore_https_errors=True,
    )
    page = context.new_page()
    take(page, place)
    box = page.locator("body").bounding_box()
    page.set_viewport_size({"width": WIDTH, "height": math.ceil(box["height"] if box else LEAST_HEIGHT)})
    taken = page.screenshot()
    context.close()
    small = BytesIO()
    Image.open(BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        small, "PNG", optimize=True
    )
    return small.getvalue()


@contextmanager
def running_place(folder: Path, *, is_public: bool) -> Iterator[Place]:
    """A server of its own, with two people."""
    port, web, proxy = free_port(), DocumentHost(), TlsProxy()
    proxy.target_port = port
    url, mcp_url = (proxy.url, PUBLIC_URL) if is_public else (f"http://localhost:{port}", LOCAL_URL)
    auth = AuthHarness(
        auth_settings(folder, issuer=url, mcp_url=mcp_url, trusted_proxies=LOOPBACK_PROXIES), web.network
    )
    for email in (NEW, ADA):
        auth.create_user(email)
    server = RunningServer(auth.app, port)
    try:
        yield Place(auth, url, web)
    finally:
        server.stop()
        proxy.stop()
        web.stop()


def main(folder: Path, *names: str) -> None:
    """Takes them all, or the named ones; each has a server of its own, so that none depends on another."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for take in (*PUBLIC, *LOCAL):
            name = take.__name__.replace("_", "-")
            if names and name not in names:
                continue
            with tempfile.TemporaryDirectory() as scratch:
                os.environ["XDG_CONFIG_HOME"] = f"{scratch}/config"
                with running_place(Path(scratch), is_public=take in PUBLIC) as place:
                    (folder / f"{name}.png").write_bytes(photograph(browser, place, take))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
