"""An app as its author writes it with FastMCP's client: `fastmcp_app.py <mcp url> <options as JSON>`.

Browser, callback, registration, storage and refresh are FastMCP's own. Commands come as JSON lines on standard input
and are answered as JSON lines; see tests/clients/program.py.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.filetree import FileTreeStore, FileTreeV1KeySanitizationStrategy


class App:
    """One installed app; its registration and its tokens lie in a folder."""

    def __init__(self, mcp_url: str, options: dict[str, Any]) -> None:
        folder = Path.home() / "fastmcp"
        folder.mkdir()
        self.mcp_url = mcp_url
        self.options = options
        self.storage = FileTreeStore(
            data_directory=folder, key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(folder)
        )
        self.client: Client[Any] | None = None

    async def connect(self) -> dict[str, Any]:
        """Opens what the app has, once more if it was open."""
        await self.close()
        self.oauth = OAuth(
            client_name=self.options["clientName"],
            client_metadata_url=self.options.get("clientMetadataUrl"),
            token_storage=self.storage,
        )
        self.client = Client(self.mcp_url, auth=self.oauth)
        await self.client.__aenter__()
        return {"protocol": self.client.protocol_version}

    async def close(self) -> None:
        """Ends the connection; one that an error ended says so once more."""
        if self.client is not None:
            with suppress(Exception):
                await self.client.close()

    async def tools(self) -> dict[str, Any]:
        """The names of the tools it sees."""
        assert self.client is not None
        return {"tools": [tool.name for tool in await self.client.list_tools()]}

    async def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Calls a tool."""
        assert self.client is not None
        answer = await self.client.call_tool(tool, arguments)
        return {"result": {"structuredContent": answer.structured_content}}

    async def let_token_expire(self) -> dict[str, Any]:
        """Ten minutes pass for the app too: this client renews by its own clock."""
        self.oauth.context.token_expiry_time = time.time() - 1
        return {}


async def main() -> None:
    """Answers each command, whatever becomes of it."""
    app = App(sys.argv[1], json.loads(sys.argv[2]))
    while line := await asyncio.to_thread(sys.stdin.readline):
        message = json.loads(line)
        try:
            answer = await getattr(app, message.pop("command"))(**message)
        except Exception as error:
            answer = {"failure": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)  # noqa: T201 (this is how a program answers)


if __name__ == "__main__":
    asyncio.run(main())
