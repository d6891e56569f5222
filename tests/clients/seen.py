"""Which clients were seen to connect: each client test says what it just saw, `make clients` writes the page of it.

A test of a client takes the fixture `seen` and calls it once, at its end, after its last assertion:

    def test_the_inspector_connects(seen: Seen, …) -> None:
        …
        seen("MCP Inspector", npm_package("@modelcontextprotocol/inspector"), "2025-11-25", Identity.REGISTRATION,
             Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH)

The package (`npm_package`, `python_package`) carries the version that is installed, the protocol is what was
negotiated, never what was hoped for. Only tests that passed count. `make clients` runs tests/clients and writes
docs/reference/clients.md; tests/test_docs.py asks that every test that takes `seen` is named there, and that the
versions there are the locked ones. So after a change: `make clients`, and commit the page with it.
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

NODE_MODULES = Path(__file__).parent.parent.parent / ".tools" / "node_modules"
PROPERTY = "client seen"
OPTION = "--write-clients-page"


class Identity(StrEnum):
    """How the authorization server came to know the client."""

    REGISTRATION = "registration"
    DOCUMENT = "metadata document"
    OPERATOR = "made by the operator"


class Flow(StrEnum):
    """What a client was seen to get through; the columns of the page, in this order."""

    SIGN_IN = "sign-in and consent"
    LIST_TOOLS = "list tools"
    STORE_AND_SEARCH = "store and search"
    REFRESH = "refresh"
    STEP_UP = "step-up"
    REVOCATION = "revocation"
    RECONNECT = "connecting anew"
    RESTART = "server restart"


class Sighting(NamedTuple):
    """One client in one passed test."""

    client: str
    package: str
    protocol: str
    identity: str
    flows: tuple[str, ...]
    test: str


class Seen(Protocol):
    """The fixture `seen`."""

    def __call__(self, client: str, package: str, protocol: str, identity: Identity, *flows: Flow) -> None:
        """The client got through these flows; `protocol` is the revision it spoke, such as 2025-11-25."""


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Seen:
    """Remembers a sighting with the test's result."""

    def remember(client: str, package: str, protocol: str, identity: Identity, *flows: Flow) -> None:
        test = request.node.nodeid.partition("[")[0].partition("@")[0]
        sighting = [client, package, protocol, identity.value, [flow.value for flow in flows], test]
        request.node.user_properties.append((PROPERTY, sighting))

    return remember


def npm_package(name: str) -> str:
    """A Node package and its version as it is installed for the tests."""
    return f"`{name}` {json.loads((NODE_MODULES / name / 'package.json').read_text())['version']}"


def python_package(name: str) -> str:
    """A Python package and its version as it is installed for the tests."""
    return f"`{name}` {version(name)}"


def sightings_of(report: pytest.TestReport) -> Iterator[Sighting]:
    """What a passed test saw."""
    if report.when == "call" and report.passed:
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, list):
                client, package, protocol, identity, flows, test = value
                yield Sighting(client, package, protocol, identity, tuple(flows), test)


class PageWriter:
    """Collects sightings as tests pass, from all workers, and writes the page when the run has succeeded."""

    def __init__(self, page: Path) -> None:
        self._page = page
        self._sightings: list[Sighting] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has ended."""
        self._sightings += sightings_of(report)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The run has ended; one that failed leaves the page as it was."""
        from tests.clients.clients_page import clients_page

        if exitstatus == pytest.ExitCode.OK:
            self._page.write_text(clients_page(self._sightings))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that `make clients` gives."""
    parser.addoption(OPTION, type=Path, help="write the page of clients that were seen to connect")


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that hears of every test writes."""
    page = config.getoption(OPTION)
    if page is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(PageWriter(page))
