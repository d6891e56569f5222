"""What a call gets back: an answer, a refusal that a model can act on, or word of an accident."""

import mcp_types
import structlog
from pydantic import BaseModel

from shared.accidents import note_accident

log = structlog.get_logger(__name__)


def answer_of(result: BaseModel) -> mcp_types.CallToolResult:
    """Structured content, and the same as JSON text for clients that read text alone."""
    return mcp_types.CallToolResult(
        content=[mcp_types.TextContent(type="text", text=result.model_dump_json())],
        structured_content=result.model_dump(mode="json"),
    )


def refusal(text: str) -> mcp_types.CallToolResult:
    """An error that the model reads."""
    return mcp_types.CallToolResult(content=[mcp_types.TextContent(type="text", text=text)], is_error=True)


def accident(name: str, error: Exception) -> mcp_types.CallToolResult:
    """The log says where it happened, never with what: an exception's text may quote a memory."""
    reference = note_accident(log, "tool failed", error, tool=name)
    return refusal(f"The tool failed for a reason that is not in your arguments. Reference: {reference}.")


def size_of_answer(answer: mcp_types.CallToolResult) -> int:
    """Characters of its text."""
    return sum(len(block.text) for block in answer.content if isinstance(block, mcp_types.TextContent))
