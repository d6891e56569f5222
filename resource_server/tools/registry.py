"""Tools by name: what a caller sees of them, and the one way to call them (MCP, server/tools)."""

import inspect
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, cast, get_origin, get_type_hints

import mcp_types
from mcp import MCPError
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from resource_server.context.caller import Caller, GrantEndedError, ToolError
from resource_server.memory.records import NoRoomError, ReadOnlyNamespaceError, StoreBusyError
from resource_server.tools.aliases.alias import Alias
from resource_server.tools.asking import Recorder, asked_by, called, recorded
from resource_server.tools.call_results import accident, answer_of, refusal, size_of_answer
from resource_server.tools.requires import Policy, policy_of
from resource_server.tools.schemas import Schema, explain, input_schema, output_schema
from resource_server.tools.turns import Turns
from resource_server.usage.counting import Outcome, UseCounts, UsedTool
from resource_server.usage.measuring import size_of
from shared.scopes import Scope
from shared.tool_sets import ToolSet

Provider = Callable[[Caller, str], object]
"""Makes, for a caller and the name of the tool, the object that is injected for a type."""

ToolFunction = Callable[..., BaseModel | Awaitable[BaseModel]]
ANYTHING: Schema = {"type": "object", "properties": {}}
"""What a call by an earlier name may bring: its arguments are looked at once they were translated."""


@dataclass(frozen=True)
class RegisteredTool:
    """One function, ready to be listed and called."""

    function: ToolFunction
    policy: Policy
    arguments: type[BaseModel]
    injected: Mapping[str, Provider]
    definition: mcp_types.Tool

    def is_visible_to(self, caller: Caller) -> bool:
        """Its set was given, and every scope is held and opens at least one namespace."""
        return self.policy.tool_set in caller.access.tools and all(caller.may(scope) for scope in self.policy.scopes)


class Registry:
    """All tools of this server. `providers` says how to make what tools ask for beside their arguments.

    `aliases` are other names by which tools can be called; those of `listed_aliases` are listed, too.
    `recorder` takes what every call that was answered asked and got; a write's own transaction records it already.
    `holds_back` says whose writes wait for the person; `uses` counts calls.
    """

    def __init__(
        self,
        functions: Iterable[ToolFunction],
        providers: Mapping[type, Provider],
        recorder: Recorder = lambda _user_id, _entry: None,
        holds_back: Callable[[Caller], bool] = lambda _caller: False,
        aliases: Mapping[str, Alias] = MappingProxyType({}),
        listed_aliases: frozenset[str] = frozenset(),
        uses: UseCounts | None = None,
    ) -> None:
        self._uses = uses or UseCounts()
        self._record = recorder
        self._holds_back = holds_back
        self._aliases = aliases
        self._listed_aliases = listed_aliases
        tools = [_register(function, {Caller: _itself, **providers}) for function in functions]
        self._tools = {tool.definition.name: tool for tool in sorted(tools, key=lambda tool: tool.definition.name)}
        if len(self._tools) != len(tools):
            raise ValueError("two tools have the same name")
        self._turns = Turns()

    def visible_tools(self, caller: Caller) -> list[mcp_types.Tool]:
        """What this caller may call, in the order of names."""
        visible = {name: tool.definition for name, tool in self._tools.items() if tool.is_visible_to(caller)}
        aliased = {name: self._aliases[name] for name in self._listed_aliases}
        visible |= {
            name: alias.listed(name, visible[alias.tool]) for name, alias in aliased.items() if alias.tool in visible
        }
        return [visible[name] for name in sorted(visible)]

    def required_scopes(self, name: str) -> frozenset[Scope] | None:
        """The scopes a call needs; None for a tool that does not exist."""
        tool = self._named(name)
        return tool.policy.scopes if tool is not None else None

    def tool_set(self, name: str) -> ToolSet:
        """The set through which a grant reaches the tool. Raises KeyError for a tool that does not exist."""
        return self._tools[name].policy.tool_set

    def input_schema(self, name: str) -> Schema | None:
        """The JSON Schema of the arguments; None for a tool that does not exist."""
        if name in self._aliases:
            return ANYTHING
        return self._tools[name].definition.input_schema if name in self._tools else None

    def note_call(self, name: str, arguments: dict[str, Any], caller: Caller) -> None:
        """A tool of another server was called: the person finds it in their ledger."""
        self._record(caller.user_id, called(name, arguments, caller))

    async def call(self, name: str, arguments: dict[str, Any] | None, caller: Caller) -> mcp_types.CallToolResult:
        """The tool's answer, or an error the model reads. Raises MCPError (-32602) for a tool that does not exist."""
        tool = self._named(name)
        if tool is None:
            raise MCPError(mcp_types.INVALID_PARAMS, "Unknown tool")
        begun = time.perf_counter()
        answer = await self._answered(tool, name, arguments, caller)
        used = UsedTool(caller.user_id, caller.client_id, caller.client_name, "", tool.definition.name)
        outcome = Outcome.TOOL_ERROR if answer.is_error else Outcome.ANSWERED
        self._uses.note(used, outcome, time.perf_counter() - begun, size_of(arguments), size_of_answer(answer))
        return answer

    async def _answered(
        self, tool: RegisteredTool, name: str, arguments: dict[str, Any] | None, caller: Caller
    ) -> mcp_types.CallToolResult:
        try:
            if not tool.is_visible_to(caller):
                raise ToolError(_out_of_reach(tool, caller))
            if not tool.policy.read_only and not tool.policy.may_wait:
                await self._refuse_who_waits(caller)
            return await self._run(tool, self._translated(name, arguments or {}), caller)
        except ToolError as error:
            return refusal(str(error))
        except GrantEndedError:
            return refusal("The person has ended this connection. Nothing was saved.")
        except (NoRoomError, ReadOnlyNamespaceError) as refused:
            return refusal(str(refused))
        except StoreBusyError:
            return refusal("Your memories are busy; try again in a moment.")
        except Exception as error:
            return accident(name, error)

    async def _refuse_who_waits(self, caller: Caller) -> None:
        """Raises ToolError."""
        if await self._turns.run(caller.user_id, lambda: self._holds_back(caller)):
            raise ToolError(
                "The person looks at what this app writes before it counts: until they accept the app, it can add "
                "memories with memory_store, which wait for them, and change nothing."
            )

    def _named(self, name: str) -> RegisteredTool | None:
        alias = self._aliases.get(name)
        return self._tools.get(name if alias is None else alias.tool)

    def _translated(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        alias = self._aliases.get(name)
        return arguments if alias is None else alias.translate(arguments)

    async def _run(self, tool: RegisteredTool, arguments: dict[str, Any], caller: Caller) -> mcp_types.CallToolResult:
        validated = _validated(tool, arguments, caller)
        asked = asked_by(_told(validated), tool.policy, caller)
        call = _bound(tool, validated, replace(caller, asked=asked))
        if inspect.iscoroutinefunction(tool.function):
            result = await call()
        else:
            result = await self._turns.run(caller.user_id, call)
        answer = answer_of(cast("BaseModel", result))
        entry = recorded(asked, answer.structured_content or {}, caller, tool.definition.name)
        if entry is not None:
            self._record(caller.user_id, entry)
        return answer


def _itself(caller: Caller, _tool: str) -> Caller:
    return caller


def _register(function: ToolFunction, providers: Mapping[type, Provider]) -> RegisteredTool:
    shape = _shape(function, frozenset(providers))
    injected = {name: providers[kind] for name, kind in shape.injected.items()}
    return RegisteredTool(function, policy_of(function), shape.arguments, injected, shape.definition)


@dataclass(frozen=True)
class _Shape:
    """What a function's signature says, the same in every registry."""

    arguments: type[BaseModel]
    injected: Mapping[str, type]
    definition: mcp_types.Tool


@cache
def _shape(function: ToolFunction, kinds: frozenset[type]) -> _Shape:
    """Read once a process: its schemas take longer than most calls."""
    hints = get_type_hints(function, include_extras=True)
    answer = hints.pop("return")
    injected = {name: kind for name, kind in hints.items() if kind in kinds}
    arguments = _arguments_model(function, {name: hint for name, hint in hints.items() if name not in injected})
    return _Shape(arguments, injected, _definition(function, policy_of(function), arguments, answer))


def _arguments_model(function: ToolFunction, hints: Mapping[str, Any]) -> type[BaseModel]:
    parameters = inspect.signature(function).parameters
    fields: dict[str, Any] = {}
    for name, hint in hints.items():
        default = parameters[name].default
        if get_origin(hint) is not Annotated:
            raise TypeError(f"{function.__name__}: argument {name} needs a description")
        fields[name] = (hint, ... if default is inspect.Parameter.empty else default)
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def _definition(
    function: ToolFunction, policy: Policy, arguments: type[BaseModel], answer: type[BaseModel]
) -> mcp_types.Tool:
    return mcp_types.Tool(
        name=function.__name__,
        title=policy.title,
        description=_flowing(inspect.getdoc(function) or ""),
        input_schema=input_schema(arguments),
        output_schema=output_schema(answer),
        annotations=mcp_types.ToolAnnotations(
            title=policy.title,
            read_only_hint=policy.read_only,
            destructive_hint=policy.destructive,
            idempotent_hint=policy.idempotent,
            open_world_hint=False,
        ),
    )


def _flowing(docstring: str) -> str:
    """Paragraphs without the line breaks that source code needs."""
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in docstring.split("\n\n"))


def _validated(tool: RegisteredTool, arguments: dict[str, Any], caller: Caller) -> BaseModel:
    try:
        return tool.arguments.model_validate(_without_own_id(tool, arguments, caller))
    except ValidationError as cause:
        allowed = list(tool.definition.input_schema["properties"])
        raise explain(cause.errors(include_input=False, include_url=False), allowed) from None


def _told(validated: BaseModel) -> dict[str, Any]:
    """The arguments that were given, not those left out."""
    return {
        name: getattr(validated, name) for name in type(validated).model_fields if name in validated.model_fields_set
    }


def _bound(tool: RegisteredTool, validated: BaseModel, caller: Caller) -> Callable[[], Any]:
    given = {name: getattr(validated, name) for name in tool.arguments.model_fields}
    made = {name: provider(caller, tool.definition.name) for name, provider in tool.injected.items()}
    return lambda: tool.function(**given, **made)


def _without_own_id(tool: RegisteredTool, arguments: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Some clients name the user in every call. The token alone decides who calls: any other name is refused.

    A tool that takes the argument itself says with its default what else means the caller.
    """
    own = {caller.user_id}
    if "user_id" in tool.arguments.model_fields:
        own.add(tool.arguments.model_fields["user_id"].default)
    if "user_id" in arguments and arguments["user_id"] not in own:
        raise ToolError(
            "Argument 'user_id' names somebody else. Leave it out: the connection says whose memories these are."
        )
    return {name: value for name, value in arguments.items() if name != "user_id"}


def _out_of_reach(tool: RegisteredTool, caller: Caller) -> str:
    """What the person would have to give, for the model to say so."""
    if tool.policy.tool_set in caller.access.tools:
        return "This connection's grant does not reach anything this tool could use."
    return (
        f"This connection was not given the set of tools '{tool.policy.tool_set}'. "
        "The person can give it on the page of connected apps, and to an API key with `ostiary keys edit --tools`."
    )
