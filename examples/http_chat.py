"""A chat that uses the gateway over plain HTTP: finds tools for what you say, lets a model choose one, and calls it.

    GATEWAY_KEY=… python -m examples.http_chat                       # you choose, and type the arguments as JSON
    GATEWAY_KEY=… python -m examples.http_chat --chat-url http://localhost:11434/v1 --model qwen3

The key needs the scope gateway:call. A session keeps the servers of this chat apart, with `--session`.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

MOST_TOOLS, MOST_CALLS = 5, 5
SECONDS = 300


@dataclass(frozen=True)
class Gateway:
    """The gateway API of one Ostiary."""

    client: httpx2.Client

    def search(self, query: str) -> list[dict[str, Any]]:
        """Tools for a purpose, best first."""
        answer = self._post("/mcp/search", {"query": query[:1000], "limit": MOST_TOOLS})
        found: list[dict[str, Any]] = answer.get("tools", [])
        return found

    def call(self, name: str, args: dict[str, Any]) -> str:
        """What the tool answers, as text for people and models; a refusal is one, too."""
        answer = self._post("/mcp/execute", {"tool_name": name, "args": args})
        texts = [block["text"] for block in answer.get("content", []) if block["type"] == "text"]
        return "\n".join(texts) or str(answer.get("error_description", answer.get("structured_content")))

    @contextmanager
    def session(self) -> Iterator[None]:
        """Until the block ends there are the servers of a new session alone."""
        session_id = self._post("/sessions/create", {"metadata": {"program": "http_chat"}})["session_id"]
        self.client.headers["X-Session-ID"] = session_id
        try:
            yield
        finally:
            del self.client.headers["X-Session-ID"]
            self.client.delete(f"/sessions/{session_id}")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        if answer.status_code in (401, 403):
            raise SystemExit(answer.json()["error_description"])
        told: dict[str, Any] = answer.json()
        return told


def chosen_by_hand(tools: list[dict[str, Any]]) -> tuple[str, dict[str, Any]] | None:
    """A tool by its number, and its arguments; None for an empty line."""
    for number, tool in enumerate(tools, 1):
        print(f"  {number}. {tool['name']}: {tool['description'].partition(chr(10))[0]}  ({tool['reason']})")
    if not tools or not (number := input("tool> ").strip()).isdigit() or not 0 < int(number) <= len(tools):
        return None
    tool = tools[int(number) - 1]
    print(f"  {json.dumps(tool['input_schema'].get('properties', {}))}")
    try:
        return tool["name"], json.loads(input("args> ") or "{}")
    except ValueError as wrong:
        print(f"  That is no JSON: {wrong}")
        return None


@dataclass(frozen=True)
class Model:
    """An endpoint that answers as OpenAI's."""

    client: httpx2.Client
    name: str

    def answer(self, said: str, tools: list[dict[str, Any]], gateway: Gateway) -> str:
        """Its answer, after it has called what it wanted."""
        messages: list[dict[str, Any]] = [{"role": "user", "content": said}]
        offered = [{"type": "function", "function": _function(number, tool)} for number, tool in enumerate(tools)]
        for _ in range(MOST_CALLS):
            body = {"model": self.name, "messages": messages} | ({"tools": offered} if offered else {})
            message = (
                self.client.post("/chat/completions", json=body).raise_for_status().json()["choices"][0]["message"]
            )
            messages.append(message)
            if not message.get("tool_calls"):
                break
            messages += [_called(call, tools, gateway) for call in message["tool_calls"]]
        return str(messages[-1].get("content"))


def _function(number: int, tool: dict[str, Any]) -> dict[str, Any]:
    """Names of functions may be shorter than names of tools are."""
    return {"name": f"tool_{number}", "description": tool["description"], "parameters": tool["input_schema"]}


def _called(call: dict[str, Any], tools: list[dict[str, Any]], gateway: Gateway) -> dict[str, Any]:
    number = int(call["function"]["name"].removeprefix("tool_"))
    name, args = tools[number]["name"], json.loads(call["function"]["arguments"] or "{}")
    print(f"  ({name} {json.dumps(args)})")
    return {"role": "tool", "tool_call_id": call["id"], "content": gateway.call(name, args)}


def chat(gateway: Gateway, model: Model | None) -> None:
    """Until an empty line."""
    for line in iter(lambda: input("you> ").strip(), ""):
        tools = gateway.search(line)
        if model is not None:
            print(model.answer(line, tools, gateway))
        elif (chosen := chosen_by_hand(tools)) is not None:
            print(gateway.call(*chosen))


def main() -> None:
    """What the command line and the environment say."""
    asked = argparse.ArgumentParser(description="A chat that uses the gateway over plain HTTP.")
    asked.add_argument("--url", default="http://localhost:8000", help="Where Ostiary's MCP server is.")
    asked.add_argument("--chat-url", default="", help="An OpenAI-compatible endpoint; without one you choose yourself.")
    asked.add_argument("--model", default="", help="The model to ask there.")
    asked.add_argument("--session", action="store_true", help="Use a session with servers of its own.")
    given = asked.parse_args()
    key = os.environ.get("GATEWAY_KEY") or sys.exit("Put an API key into GATEWAY_KEY.")
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=given.url, headers=headers, timeout=SECONDS) as client:
        gateway = Gateway(client)
        of_model = {"Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', 'none')}"}
        model = Model(httpx2.Client(base_url=given.chat_url, headers=of_model), given.model) if given.chat_url else None
        if given.session:
            with gateway.session():
                chat(gateway, model)
        else:
            chat(gateway, model)


if __name__ == "__main__":
    try:
        main()
    except (EOFError, KeyboardInterrupt):
        print()
    except httpx2.HTTPError as wrong:
        sys.exit(f"There is no answer: {type(wrong).__name__}. Is `make run` running?")
