"""Fixtures for every test; each module says what it offers."""

import gc
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from cli.collecting import collect_seldom

# Containers like to forbid bytecode: each of some two hundred processes would compile all of our code anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

gc.disable()  # until everything is imported and collected, which stays anyway

pytest_plugins = [
    "tests.cheap_passwords",
    "tests.shared_statements",
    "tests.remembered_signatures",
    "tests.plain_tracebacks",
    "tests.doors",
    "tests.auth_fixtures",
    "tests.admin.api",
    "tests.smtp_host",
    "tests.installation",
    "tests.single_port_doors",
    "tests.redis_server",
    "tests.chromium_person",
    "tests.document_host",
    "tests.document_clients",
    "tests.clients.seen",
    "tests.personas.played",
]


LONG = (
    *("up", "installation", "gateway-test-reliability", "pages", "gateway-rest-test-queue", "web-test-sign-in"),
    *("gateway-test-news", "gateway-rest-test-sessions", "resource-server-test-late-and-broken-key-answers"),
    *("resource-server-test-late-and-broken-answers", "e2e-test-servers-pages", "providers"),
    *("gateway-test-conformance", "resource-server-test-busy-vaults", "e2e-test-silent-logs"),
)
"""Groups of few tests that take long: what begins last is waited for alone."""


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: much of a run waits for processes, browsers and the network."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a module share a worker, which starts its servers once, unless they name a group or take minutes.

    Groups that take long come first, then those of many tests.
    """
    here = Path(__file__).parent
    for item in items:
        if not any(item.iter_markers("xdist_group")) and not any(item.iter_markers("thorough")):
            module = item.path.relative_to(here).with_suffix("").as_posix()
            item.add_marker(pytest.mark.xdist_group(module.replace("/", "-").replace("_", "-")))
    sizes = Counter(map(_group_of, items))
    first = {name: place - len(LONG) for place, name in enumerate(LONG)}
    items.sort(key=lambda item: (first.get(_group_of(item), 0), -sizes[_group_of(item)], _group_of(item)))


def _group_of(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else item.nodeid


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: each look through it would take half a second."""
    gc.collect()
    collect_seldom()
