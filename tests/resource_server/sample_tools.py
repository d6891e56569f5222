"""Small tools of every kind, somebody who calls them, and what is answered."""

import threading
from typing import Annotated, Any

import anyio
import mcp_types
from pydantic import BaseModel, Field

from resource_server.context.caller import Caller, GrantEndedError, ToolError
from resource_server.tools.registry import Registry
from resource_server.tools.requires import requires
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.scopes import Scope

READ, WRITE = Scope.MEMORY_READ, Scope.MEMORY_WRITE
SECRET = "what the person told nobody"


class Echo(BaseModel):
    """An answer."""

    words: str


Words = Annotated[str, Field(max_length=5, description="Anything.")]
Times = Annotated[int | None, Field(ge=1, description="How often.")]


@requires(READ, title="Echo")
def echo(words: Words, caller: Caller, times: Times = None) -> Echo:
    """Say it again.

    In a paragraph that source code
    breaks in two.
    """
    return Echo(words=f"{caller.client_name}: {words * (times or 1)}")


@requires(READ, title="Echo later")
async def echo_later(words: Words) -> Echo:
    """Say it again, without a thread."""
    await anyio.lowlevel.checkpoint()
    return Echo(words=f"{words} {threading.current_thread() is threading.main_thread()}")


@requires(WRITE, title="Change", destructive=True)
def change() -> Echo:
    """Change something."""
    return Echo(words="")


@requires(READ, title="Break")
def broken() -> Echo:
    """Fail for a reason of our own."""
    raise RuntimeError(SECRET)


@requires(READ, title="Refuse")
def mendable() -> Echo:
    """Fail for a reason the model can mend."""
    raise ToolError("Ask for less.")


@requires(WRITE, title="Too late")
def too_late() -> Echo:
    """The grant ended meanwhile."""
    raise GrantEndedError


TOOLS = (mendable, echo, broken, echo_later, change, too_late)


def caller(*scopes: Scope, read: tuple[str, ...] = ("personal",), write: tuple[str, ...] = ("personal",)) -> Caller:
    """Somebody with these scopes and namespaces."""
    access = MemoryAccess(NamespaceSet.of(*read), NamespaceSet.of(*write))
    return Caller("usr_1", "cli_1", "grt_1", frozenset(scopes), access, lambda: None, "Claude")


def call(name: str, arguments: dict[str, Any] | None = None, who: Caller | None = None) -> mcp_types.CallToolResult:
    """One call."""
    return anyio.run(Registry(TOOLS, {}).call, name, arguments, who or caller(READ, WRITE))


def text_of(result: mcp_types.CallToolResult) -> str:
    """The text a model reads."""
    (content,) = result.content
    assert isinstance(content, mcp_types.TextContent)
    return content.text
