"""Fixtures for every test; each module says what it offers."""

import gc
import os
import sys
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


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: much of a run waits for processes, browsers and the network."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a module share a worker, which starts its servers once, unless they name a group or take minutes."""
    here = Path(__file__).parent
    for item in items:
        if not any(item.iter_markers("xdist_group")) and not any(item.iter_markers("thorough")):
            module = item.path.relative_to(here).with_suffix("").as_posix()
            item.add_marker(pytest.mark.xdist_group(module.replace("/", "-").replace("_", "-")))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: each look through it would take half a second."""
    gc.collect()
    collect_seldom()
