"""What a server behind the gateway answers, as one of the protocol's results."""

from typing import Any, TypeVar

import mcp_types
from mcp import MCPError
from pydantic import ValidationError

Result = TypeVar("Result", bound=mcp_types.Result)


def answer_as(kind: type[Result], result: dict[str, Any]) -> Result | mcp_types.InputRequiredResult:
    """A result of this kind, or that input is required first. Raises MCPError for anything else."""
    try:
        if result.get("resultType") == "input_required":
            return mcp_types.InputRequiredResult.model_validate(result)
        return kind.model_validate(result)
    except ValidationError as cause:
        raise MCPError(mcp_types.INTERNAL_ERROR, "The server's answer is not one of the protocol.") from cause
