"""MCP, structured content: what a tool answers keeps to its outputSchema, and says nothing beside it."""

import mcp_types
import pytest
from jsonschema import Draft202012Validator

from resource_server.tools.registry import Registry
from shared.ids import new_id
from shared.scopes import Scope
from shared.server_access import EVERY_SERVER
from tests.resource_server.conftest import registry as registry
from tests.resource_server.tool_callers import App
from tests.spec.served_tools import answer_schema, every_tool
from tests.spec.tool_calls import arguments_for


def _app(registry: Registry) -> App:
    """Of a new person, with every permission."""
    scopes = (Scope.MEMORY_READ, Scope.MEMORY_WRITE, Scope.GATEWAY_CALL)
    return App(registry, new_id("usr"), scopes=scopes, read=("*",), write=("*",), servers=EVERY_SERVER)


@every_tool
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "bare"])
def test_an_answer_keeps_to_its_schema(registry: Registry, tool: mcp_types.Tool, is_full: bool) -> None:
    """MCP 2025-06-18, structured content: the server's answer conforms, which SDK clients check and else refuse."""
    app = _app(registry)
    extras = {"tags": ["a"], "metadata": {"list": [1, None]}, "ttl_seconds": 60} if is_full else {}
    arguments = arguments_for(app, tool, **extras)
    Draft202012Validator(tool.input_schema).validate(arguments)
    validator = Draft202012Validator(answer_schema(tool), format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(app.call(tool.name, **arguments))


@every_tool
def test_an_answer_declares_everything_it_says(registry: Registry, tool: mcp_types.Tool) -> None:
    """Nothing is answered that outputSchema does not name, so that a host may show it by the schema alone."""
    app = _app(registry)
    arguments = arguments_for(app, tool)
    assert set(app.call(tool.name, **arguments)) == set(answer_schema(tool)["properties"])
