"""Tools and a prompt that say what they need (MCP 2026-07-28, multi round-trip requests)."""

from collections.abc import Mapping
from typing import Any

import mcp_types as t

from tests.gateway.everything.asking import Answer, Context, Params
from tests.gateway.everything.contents import said, text

Needs = dict[str, Any]


def form(message: str, **properties: dict[str, Any]) -> t.ElicitRequest:
    """A form whose fields are all required."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return t.ElicitRequest(
        params=t.ElicitRequestFormParams.model_validate({"message": message, "requestedSchema": schema})
    )


def question(words: str, max_tokens: int = 100) -> t.CreateMessageRequest:
    """A question to the app's model."""
    messages = [t.SamplingMessage(role="user", content=text(words))]
    return t.CreateMessageRequest(params=t.CreateMessageRequestParams(messages=messages, max_tokens=max_tokens))


TEXT, YES = {"type": "string"}, {"type": "boolean"}
NAME = form("What is your name?", name=TEXT)
ONE_NEED: dict[str, Needs] = {
    "test_input_required_result_elicitation": {"user_name": NAME},
    "test_input_required_result_sampling": {"capital_question": question("What is the capital of France?")},
    "test_input_required_result_list_roots": {"client_roots": t.ListRootsRequest()},
    "test_streaming_elicitation": {"user_name": NAME},
}
WITH_STATE: dict[str, Needs] = {
    "test_input_required_result_request_state": {"confirm": form("Please confirm", ok=YES)},
    "test_input_required_result_tampered_state": {"confirm": form("Please confirm", ok=YES)},
    "test_input_required_result_multiple_inputs": {
        "user_name": NAME,
        "greeting": question("Generate a greeting", 50),
        "client_roots": t.ListRootsRequest(),
    },
}
STEPS = (
    {"step1": form("Step 1: What is your name?", name=TEXT)},
    {"step2": form("Step 2: What is your favorite color?", color=TEXT)},
)
CONTEXT = {"user_context": form("What context should the prompt use?", context=TEXT)}


def needed(needs: Needs, params: Any, state: str | None = None) -> t.InputRequiredResult | None:
    """What is still needed; None when all of it is there."""
    if needs.keys() <= (params.input_responses or {}).keys():
        return None
    return t.InputRequiredResult(input_requests=needs, request_state=state)


async def once(_context: Context, params: Params) -> Answer:
    """A tool that needs one thing."""
    needs = ONE_NEED[params.name]
    return needed(needs, params) or said(text(f"Hello, {shown(params.input_responses or {})}!"))


async def stateful(_context: Context, params: Params) -> Answer:
    """A tool with a state beside it."""
    if (asked := needed(WITH_STATE[params.name], params, f"waiting {params.name}")) is not None:
        return asked
    is_ours = params.request_state == f"waiting {params.name}"
    return said(text(f"{'state-ok' if is_ours else 'state-lost'} {shown(params.input_responses or {})}"))


async def steps(_context: Context, params: Params) -> Answer:
    """test_input_required_result_multi_round."""
    done = {None: 0, "after 1": 1, "after 2": 2}.get(params.request_state, 0)
    if done == len(STEPS):
        return said(text(f"Done: {shown(params.input_responses or {})}"))
    return t.InputRequiredResult(input_requests=dict(STEPS[done]), request_state=f"after {done + 1}")


async def able(context: Context, params: Params) -> Answer:
    """test_input_required_result_capabilities: asks for what the app declared alone."""
    capabilities = context.session.client_capabilities or t.ClientCapabilities()
    every: Needs = {"elicitation": NAME, "sampling": question("Say something."), "roots": t.ListRootsRequest()}
    needs = {name: one for name, one in every.items() if getattr(capabilities, name) is not None}
    return needed(needs, params) or said(text(f"Fine: {shown(params.input_responses or {})}"))


def shown(replies: Mapping[str, Any]) -> str:
    """What came back."""
    return ", ".join(f"{name}: {reply.model_dump(exclude_none=True)}" for name, reply in sorted(replies.items()))
