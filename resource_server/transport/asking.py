"""Asking the person through the app before a tool acts: multi round-trip (MCP 2026-07-28), elicitation before it.

A tool that wants to be sure answers with a question and a confirmation token. Where the app can ask, the person never
sees the token: their yes gives it back. Where it cannot, the answer goes to the model as it is.
"""

from typing import Any

import anyio
import mcp_types
from mcp.server import ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from resource_server.tools.registry import Registry
from resource_server.transport.accept import Reads
from resource_server.transport.callers import caller_of
from resource_server.transport.exchange import READS

Context = ServerRequestContext[dict[str, Any], Any]
Answer = mcp_types.CallToolResult | mcp_types.InputRequiredResult

ASKED = "agreed"
PATIENCE_SECONDS = 300
FORM: mcp_types.ElicitRequestedSchema = {
    "type": "object",
    "properties": {ASKED: {"type": "boolean", "title": "Do it"}},
    "required": [ASKED],
}
DECLINED = "The person did not agree. Nothing was changed; do not ask again unless they want to."


async def answered(registry: Registry, params: mcp_types.CallToolRequestParams, context: Context) -> Answer:
    """The tool's answer, once the person has been asked where the tool and the app make that possible."""
    arguments = dict(params.arguments or {})
    if params.input_responses is not None:
        if not _agrees(params.input_responses.get(ASKED)):
            return _declined()
        arguments["confirmation"] = params.request_state
    answer = await registry.call(params.name, arguments, caller_of(context))
    content = answer.structured_content or {}
    question, token = content.get("question"), content.get("confirmation")
    if question is None or token is None or not _can_ask(context):
        return answer
    if context.session.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return mcp_types.InputRequiredResult(input_requests={ASKED: _request(question)}, request_state=token)
    with anyio.move_on_after(PATIENCE_SECONDS):
        reply = await context.session.elicit_form(question, FORM, context.request_id)
        if not _agrees(reply):
            return _declined()
        return await registry.call(params.name, {**arguments, "confirmation": token}, caller_of(context))
    return answer


def _can_ask(context: Context) -> bool:
    """Whether the app shows forms, and this request has a way back to it."""
    capabilities = context.session.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    if elicitation is None or (elicitation.form is None and elicitation.url is not None):
        return False
    if context.session.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return True
    reads = context.request.scope.get(READS) if context.request is not None else None
    return context.session.can_send_request and reads is Reads.BOTH


def _request(question: str) -> mcp_types.ElicitRequest:
    return mcp_types.ElicitRequest(params=mcp_types.ElicitRequestFormParams(message=question, requested_schema=FORM))


def _agrees(reply: object) -> bool:
    return (
        isinstance(reply, mcp_types.ElicitResult)
        and reply.action == "accept"
        and (reply.content or {}).get(ASKED) is True
    )


def _declined() -> mcp_types.CallToolResult:
    return mcp_types.CallToolResult(content=[mcp_types.TextContent(type="text", text=DECLINED)], is_error=True)
