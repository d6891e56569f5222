"""Its resources and prompts."""

import json
import re
from typing import Any

import mcp_types as t
from mcp import MCPError

from tests.gateway.everything.asking import Context
from tests.gateway.everything.contents import PICTURE, embedded, picture, text
from tests.gateway.everything.rounds import CONTEXT, needed, shown

TEMPLATE = "test://template/{id}/data"
RESOURCES = [
    t.Resource(uri="test://static-text", name="static text", description="Text.", mime_type="text/plain", size=49),
    t.Resource(uri="test://static-binary", name="static binary", description="A picture.", mime_type="image/png"),
    t.Resource(uri="test://watched-resource", name="watched", description="It changes.", mime_type="text/plain"),
]
TEMPLATES = [
    t.ResourceTemplate(uri_template=TEMPLATE, name="template", description="By number.", mime_type="application/json")
]
WORDS = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "It is as it was.",
}


def argument(name: str) -> t.PromptArgument:
    """One that is required."""
    return t.PromptArgument(name=name, title=name.upper(), description=f"{name}, for tests.", required=True)


PROMPTS = [
    t.Prompt(name="test_simple_prompt", description="Simple."),
    t.Prompt(name="test_prompt_with_arguments", description="Two.", arguments=[argument("arg1"), argument("arg2")]),
    t.Prompt(name="test_prompt_with_embedded_resource", description="One.", arguments=[argument("resourceUri")]),
    t.Prompt(name="test_prompt_with_image", description="A picture."),
    t.Prompt(name="test_input_required_result_prompt", description="It asks."),
]


async def read(_context: Context, params: t.ReadResourceRequestParams) -> t.ReadResourceResult:
    """resources/read."""
    uri = str(params.uri)
    if uri == "test://static-binary":
        picture_bytes = t.BlobResourceContents(uri=uri, mime_type="image/png", blob=PICTURE)
        return t.ReadResourceResult(contents=[picture_bytes], ttl_ms=5000, cache_scope="private")
    if (found := re.fullmatch(r"test://template/([^/]+)/data", uri)) is not None:
        data = {"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"}
        return contents(uri, json.dumps(data, separators=(",", ":")), "application/json")
    if uri not in WORDS:
        raise MCPError(t.INVALID_PARAMS, "Resource not found", {"uri": uri})
    return contents(uri, WORDS[uri], "text/plain")


def contents(uri: str, words: str, mime_type: str) -> t.ReadResourceResult:
    """One text."""
    found = t.TextResourceContents(uri=uri, mime_type=mime_type, text=words)
    return t.ReadResourceResult(contents=[found], ttl_ms=5000, cache_scope="private")


async def prompt(_context: Context, params: t.GetPromptRequestParams) -> t.GetPromptResult | t.InputRequiredResult:
    """prompts/get."""
    given = params.arguments or {}
    match params.name:
        case "test_simple_prompt":
            return asked(text("This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            return asked(text(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'"))
        case "test_prompt_with_embedded_resource":
            resource = embedded(given["resourceUri"], "Embedded resource content for testing.")
            return asked(resource, text("Please process the embedded resource above."))
        case "test_prompt_with_image":
            return asked(picture(), text("Please analyze the image above."))
        case "test_input_required_result_prompt":
            return needed(CONTEXT, params) or asked(text(shown(params.input_responses or {})))
    raise MCPError(t.INVALID_PARAMS, "Unknown prompt")


def asked(*content: Any) -> t.GetPromptResult:
    """What a prompt says, in the user's name."""
    return t.GetPromptResult(messages=[t.PromptMessage(role="user", content=one) for one in content])


async def complete(_context: Context, params: t.CompleteRequestParams) -> t.CompleteResult:
    """completion/complete."""
    values = [word for word in ("paris", "park", "party") if word.startswith(params.argument.value)]
    return t.CompleteResult(completion=t.Completion(values=values, total=len(values), has_more=False))
