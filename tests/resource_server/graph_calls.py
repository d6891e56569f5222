"""Calls of the graph tools in short, and an app of two namespaces: the fixture `everywhere`."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resource_server.tool_callers import App

MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)


def store(app: App, text: str, **arguments: Any) -> str:
    """Stores a memory and gives its id."""
    return str(app.call("memory_store", text=text, **arguments)["id"])


def around(app: App, node: str, **arguments: Any) -> set[tuple[str, str, str]]:
    """The edges around a node, by the names of their ends."""
    answer = app.call("graph_query", node=node, **arguments)
    names = {node["id"]: node["name"] for node in answer["nodes"]}
    return {(names[edge["source"]], edge["relation"], names[edge["target"]]) for edge in answer["edges"]}


@pytest.fixture
def everywhere(claude: App) -> App:
    """An app that may read and write two namespaces."""
    return replace(claude, read=("personal", "secret"), write=("personal", "secret"))
