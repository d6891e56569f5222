"""Tools that ask: on the way, as before MCP 2026-07-28, and by saying what they need, as since then."""

from typing import Any

import mcp_types as t
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.shared.message import ServerMessageMetadata
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from tests.gateway.everything.contents import said, text

Context = ServerRequestContext[Any, Any]
Params = t.CallToolRequestParams
Answer = t.CallToolResult | t.InputRequiredResult

REPLY, COMPLETED = "reply", "Elicitation completed"
DEFAULTS = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}
OPTIONS = ["option1", "option2", "option3"]
TITLED = [
    {"const": f"value{number}", "title": f"{word} Option"}
    for number, word in enumerate(("First", "Second", "Third"), 1)
]
ENUMS = {
    "untitledSingle": {"type": "string", "enum": OPTIONS},
    "titledSingle": {"type": "string", "oneOf": TITLED},
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
    "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
}
USER = {
    "username": {"type": "string", "description": "User's response"},
    "email": {"type": "string", "description": "User's email address"},
}


async def asked(context: Context, params: Params, request: Any, kind: type[Any]) -> Any:
    """The app's reply; None where it has to come back with it. Raises MCPError."""
    if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return (params.input_responses or {}).get(REPLY)
    related = ServerMessageMetadata(related_request_id=context.request_id)
    return await context.session.send_request(request, kind, metadata=related)


async def elicited(context: Context, params: Params, words: str, message: str, properties: dict[str, Any]) -> Answer:
    """What the person answers to a form, as text behind `words`."""
    capabilities = context.session.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        raise MCPError(t.INVALID_PARAMS, "The app cannot ask.")
    schema = {"type": "object", "properties": properties, "required": []}
    form = t.ElicitRequestFormParams.model_validate({"message": message, "requestedSchema": schema})
    request = t.ElicitRequest(params=form)
    reply = await asked(context, params, request, t.ElicitResult)
    if reply is None:
        return t.InputRequiredResult(input_requests={REPLY: request})
    return said(text(f"{words}: action={reply.action}, content={reply.content}"))


async def elicitation(context: Context, params: Params) -> Answer:
    """test_elicitation."""
    message = str((params.arguments or {}).get("message"))
    return await elicited(context, params, "User response", message, USER)


async def defaults(context: Context, params: Params) -> Answer:
    """test_elicitation_sep1034_defaults."""
    return await elicited(context, params, COMPLETED, "Anything to change?", DEFAULTS)


async def enums(context: Context, params: Params) -> Answer:
    """test_elicitation_sep1330_enums."""
    return await elicited(context, params, COMPLETED, "Which ones?", ENUMS)


async def sampling(context: Context, params: Params) -> Answer:
    """test_sampling: in both eras."""
    prompt = str((params.arguments or {}).get("prompt"))
    request = t.CreateMessageRequest(
        params=t.CreateMessageRequestParams(
            messages=[t.SamplingMessage(role="user", content=text(prompt))], max_tokens=100
        )
    )
    reply = await asked(context, params, request, t.CreateMessageResult)
    if reply is None:
        return t.InputRequiredResult(input_requests={REPLY: request})
    return said(text(f"LLM response: {getattr(reply.content, 'text', '')}"))


async def missing_capability(context: Context, _params: Params) -> Answer:
    """test_missing_capability: nothing goes without sampling."""
    capabilities = context.session.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        needed = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(t.MISSING_REQUIRED_CLIENT_CAPABILITY, "The app has to offer sampling.", needed)
    return said(text("It is there."))
