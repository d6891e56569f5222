"""Which personas got through what: said like sightings of real clients, and never mixed with them.

A test takes the fixture `played` and calls it once, after its last assertion. `make clients` writes the page of it.
"""

from pathlib import Path
from typing import Protocol

import pytest

from tests.clients.seen import Flow
from tests.personas.backend import Habits, Known
from tests.personas.personas_page import Scene, personas_page

PROPERTY = "persona played"
OPTION = "--write-personas-page"


class Played(Protocol):
    """The fixture `played`."""

    def __call__(self, habits: Habits, known: Known, *flows: Flow) -> None:
        """The persona got through these flows, known to the server in this way."""


@pytest.fixture
def played(request: pytest.FixtureRequest) -> Played:
    """Remembers a scene with the test's result."""

    def remember(habits: Habits, known: Known, *flows: Flow) -> None:
        test = request.node.nodeid.partition("[")[0].partition("@")[0]
        scene = [habits.name, habits.protocol, known.identity.value, [flow.value for flow in flows], test]
        request.node.user_properties.append((PROPERTY, scene))

    return remember


class PageWriter:
    """Collects scenes as tests pass, from all workers, and writes the page when the run has succeeded."""

    def __init__(self, page: Path) -> None:
        self._page = page
        self._scenes: list[Scene] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has ended; only its passing counts."""
        if report.when == "call" and report.passed:
            for name, value in report.user_properties:
                if name == PROPERTY and isinstance(value, list):
                    persona, protocol, identity, flows, test = value
                    self._scenes.append(Scene(persona, protocol, identity, tuple(flows), test))

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The run has ended; one that failed leaves the page as it was."""
        if exitstatus == pytest.ExitCode.OK:
            self._page.write_text(personas_page(self._scenes))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that `make clients` gives."""
    parser.addoption(OPTION, type=Path, help="write the page of clients that were played")


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that hears of every test writes."""
    page = config.getoption(OPTION)
    if page is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(PageWriter(page))
