"""The MCP Inspector's web page in a real Chromium, and the server of its own that stands behind it."""

import json
import re
import subprocess

from playwright.sync_api import Page

from tests.chromium_person import ChromiumPerson
from tests.clients.desktop import Desktop
from tests.clients.inspector_cli import LAUNCHER
from tests.clients.program import NODE
from tests.clients.terminal import agent_environment
from tests.servers import free_port

TOKEN = "as-its-terminal-shows-it"
READY = "up and running"
REVISION = re.compile(r"^MCP \d{4}-\d\d-\d\d$")
ENDED = re.compile("^(Results|Tool Call Failed)$")


class InspectorServer:
    """`mcp-inspector --web` from `with` to its end, which knows no MCP server yet and keeps secrets in memory."""

    def __init__(self, desktop: Desktop) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/?MCP_INSPECTOR_API_TOKEN={TOKEN}"
        catalog = desktop.folder / "catalog.json"
        catalog.write_text(json.dumps({"mcpServers": {}}))
        self._environment = agent_environment(desktop) | {
            "CLIENT_PORT": str(port),
            "MCP_SANDBOX_PORT": str(free_port()),
            "MCP_CATALOG_PATH": str(catalog),
            "MCP_INSPECTOR_API_TOKEN": TOKEN,
            "MCP_INSPECTOR_SECRET_STORE": "memory",
            "MCP_AUTO_OPEN_ENABLED": "false",
        }

    def __enter__(self) -> "InspectorServer":
        self._process = subprocess.Popen(
            [str(NODE), str(LAUNCHER), "--web"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if READY in line:
                return self
        raise AssertionError("".join(said))

    def __exit__(self, *_failure: object) -> None:
        self._process.kill()
        self._process.communicate()


class InspectorPage:
    """The page as `person` uses it. Every method waits until the page shows what it is about."""

    def __init__(self, person: ChromiumPerson) -> None:
        self._person = person

    def add_server(self, inspector: InspectorServer, mcp_url: str) -> None:
        """Opens the page and enters our address by hand."""

        def enter(page: Page) -> None:
            page.get_by_role("button", name="Add Servers").click()
            page.get_by_role("menuitem", name="Add manually").click()
            page.get_by_label("Server ID").fill("ostiary")
            page.get_by_label("Transport").first.click()
            page.get_by_role("option", name="streamable-http").click()
            page.get_by_label("URL").fill(mcp_url)
            page.get_by_role("button", name="Add", exact=True).click()
            page.get_by_role("dialog").wait_for(state="hidden")
            page.get_by_text(mcp_url).wait_for()

        self._person.visit(inspector.url, enter)

    def connect(self) -> str:
        """Turns the server on, consents where that leads, and gives the protocol revision that the page names."""

        def read(page: Page) -> str:
            page.get_by_text("Connected", exact=True).wait_for()
            return page.get_by_text(REVISION).inner_text().removeprefix("MCP ")

        self._person.see(lambda page: page.get_by_role("switch").press("Space"))
        self._person.consent()
        return self._person.see(read)

    def consent(self) -> None:
        """Consents where the page has gone by itself, and waits until the Inspector's own page is back."""
        self._person.consent()
        self._person.see(lambda page: page.get_by_text("ostiary").first.wait_for())

    def tools(self) -> set[str]:
        """The names on the page of tools."""

        def read(page: Page) -> set[str]:
            page.get_by_text("Tools", exact=True).first.click()
            page.get_by_text("memory_store").wait_for()
            return {button.inner_text().split()[-1] for button in page.get_by_role("button", name="_").all()}

        return self._person.see(read)

    def call(self, tool: str, **fields: str) -> str:
        """Chooses another tool than before, fills its form and executes it; gives what the page shows then."""

        def read(page: Page) -> str:
            page.get_by_text(ENDED).wait_for()
            return page.locator("main").inner_text()

        self.start(tool, **fields)
        return self._person.see(read)

    def start(self, tool: str, **fields: str) -> None:
        """The same, and waits for nothing."""

        def run(page: Page) -> None:
            page.get_by_role("button", name=tool).first.click()
            page.get_by_text(ENDED).wait_for(state="hidden")
            for field, text in fields.items():
                page.get_by_label(field).first.fill(text)
            page.get_by_role("button", name="Execute Tool").click()

        self._person.see(run)
