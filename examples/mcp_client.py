"""An MCP client of the gateway: reads what servers hold, and calls a tool that tells how far it is while it works.

    GATEWAY_KEY=… python -m examples.mcp_client                                    # what there is
    GATEWAY_KEY=… python -m examples.mcp_client --read note://all
    GATEWAY_KEY=… python -m examples.mcp_client --call fix__sleep '{"seconds": 3}'

The key needs the scope gateway:call, and servers with all their tools where their resources are to be read.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, LoggingMessageNotificationParams, TextContent, TextResourceContents

SECONDS = 300
EXPECTED = (MCPError, httpx2.HTTPError, httpx2.InvalidURL)


@asynccontextmanager
async def connected(url: str, key: str) -> AsyncIterator[Client]:
    """A client with a key in place of a sign-in; answers that take their time come as a stream of events."""
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30, read=SECONDS)) as http,
        Client(streamable_http_client(url, http_client=http), logging_callback=show_log) as client,
    ):
        yield client


async def show_everything(client: Client) -> None:
    """Names of tools, and addresses of resources."""
    for tool in (await client.list_tools()).tools:
        print(f"tool      {tool.name}: {(tool.description or '').partition(chr(10))[0]}")
    for resource in (await client.list_resources()).resources:
        print(f"resource  {resource.uri}: {resource.name}")
    for template in (await client.list_resource_templates()).resource_templates:
        print(f"template  {template.uri_template}: {template.name}")


async def read(client: Client, uri: str) -> None:
    """A resource, as text or by its size."""
    for part in (await client.read_resource(uri)).contents:
        print(part.text if isinstance(part, TextResourceContents) else f"({len(part.blob)} characters of base64)")


async def call(client: Client, tool: str, arguments: dict[str, Any]) -> bool:
    """Shows each step as it is told, then the answer; whether the tool did what it should."""
    answer = await client.call_tool(tool, arguments, progress_callback=show_progress)
    print(text_of(answer))
    return not answer.is_error


async def show_progress(progress: float, total: float | None, message: str | None) -> None:
    """One step of a call that goes on."""
    print(f"  {progress:g}{f' of {total:g}' if total else ''}  {message or ''}".rstrip(), flush=True)


async def show_log(said: LoggingMessageNotificationParams) -> None:
    """What a server says beside its answers."""
    print(f"  ({said.level}: {said.data})", flush=True)


def text_of(answer: CallToolResult) -> str:
    """As people read it."""
    return "\n".join(block.text if isinstance(block, TextContent) else f"({block.type})" for block in answer.content)


async def main(given: argparse.Namespace, key: str) -> bool:
    """What the command line asks for; whether it came to something."""
    async with connected(given.url, key) as client:
        if given.read:
            await read(client, given.read)
        elif given.call:
            return await call(client, given.call[0], json.loads(given.call[1]))
        else:
            await show_everything(client)
    return True


def read_arguments() -> argparse.Namespace:
    """The command line."""
    asked = argparse.ArgumentParser(description="Use the servers behind Ostiary by MCP.")
    asked.add_argument("--url", default="http://localhost:8000/mcp", help="The MCP endpoint.")
    asked.add_argument("--read", metavar="URI", default="", help="Read this resource.")
    asked.add_argument("--call", metavar=("TOOL", "JSON"), nargs=2, help="Call this tool with these arguments.")
    return asked.parse_args()


def run(given: argparse.Namespace) -> str | None:
    """Gives what went wrong, in one line."""
    key = os.environ.get("GATEWAY_KEY")
    if not key:
        return "Put an API key into GATEWAY_KEY."
    problem = None
    try:
        return None if asyncio.run(main(given, key)) else "The tool failed."
    except* EXPECTED as failures:
        problem = f"{given.url} did not do it: {first_line(failures)}"
    except* ValueError as wrong:
        problem = f"The arguments are no JSON: {first_line(wrong)}"
    return problem


def first_line(failure: BaseException) -> str:
    """The first thing that went wrong in a group of them."""
    if isinstance(failure, BaseExceptionGroup):
        return first_line(failure.exceptions[0])
    return str(failure).partition("\n")[0] or type(failure).__name__


if __name__ == "__main__":
    try:
        sys.exit(run(read_arguments()))
    except KeyboardInterrupt:
        sys.exit(130)
