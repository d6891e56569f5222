"""What makes a function a tool: the scope it requires, and what it says about itself (MCP, ToolAnnotations)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from shared.scopes import Scope
from shared.tool_sets import ToolSet

P = ParamSpec("P")
R = TypeVar("R")
ATTRIBUTE = "__tool_policy__"


@dataclass(frozen=True)
class Policy:
    """The scopes a call needs, and the hints a client may show; hints are never trusted, scopes always checked."""

    scopes: frozenset[Scope]
    title: str
    read_only: bool
    destructive: bool
    idempotent: bool
    tool_set: ToolSet
    may_wait: bool


class MissingPolicyError(TypeError):
    """A function without @requires was offered as a tool; the server does not start with it."""


def requires(
    *scopes: Scope,
    title: str,
    destructive: bool = False,
    idempotent: bool = False,
    tool_set: ToolSet = ToolSet.MEMORY,
    may_wait: bool = False,
    read_only: bool | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Marks a tool. One whose scopes all end in `:read` only reads, and so does one that `read_only` names.

    A grant reaches it through its `tool_set`. `may_wait` says that what it writes can wait in quarantine; a tool that
    writes and does not say so is refused to apps that have to wait.
    """
    if not scopes:
        raise MissingPolicyError("@requires names at least one scope")
    if read_only is None:
        read_only = all(scope.value.endswith(":read") for scope in scopes)
    policy = Policy(frozenset(scopes), title, read_only, destructive, idempotent or read_only, tool_set, may_wait)

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        setattr(function, ATTRIBUTE, policy)
        return function

    return mark


def policy_of(function: Callable[..., object]) -> Policy:
    """The policy `requires` left. Raises MissingPolicyError."""
    policy = getattr(function, ATTRIBUTE, None)
    if not isinstance(policy, Policy):
        raise MissingPolicyError(f"{getattr(function, '__name__', function)} has no @requires")
    return policy
