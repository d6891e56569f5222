"""A small app that connects to Ostiary like any other: it registers, asks a person, then remembers and recalls.

    make demo                                   # opens your browser
    make demo USER_EMAIL=you@example.org        # signs in without one, asks for the password
    make demo URL=https://memory.example.org/mcp

The password may also come on standard input.
"""

import argparse
import asyncio
import getpass
import logging
import sys
import webbrowser
from dataclasses import dataclass
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider, OAuthFlowError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from examples.callback import Callback, NotConnectedError, listening_callback, read_redirect
from examples.headless_browser import sign_in_and_approve

SAID = "I drink my coffee black."
ASKED = "How do I take my coffee?"
NOT_REACHED = (httpx2.NetworkError, httpx2.TimeoutException)
HINT = "Is `make run` running? Another port: `make demo URL=http://localhost:8100/mcp`"
EXPECTED = (NotConnectedError, OAuthFlowError, MCPError, httpx2.HTTPError, httpx2.InvalidURL)


class InMemoryTokens:
    """Keeps what the client was given until the program ends; a real app would keep it safe on disk."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        """The tokens, once there are some."""
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Called after every exchange and refresh."""
        say("The person agreed", f"this app may {(tokens.scope or '').replace(' ', ', ')}")
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """The registration, once there is one."""
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Called after registration (RFC 7591)."""
        say("Registered", f"as {client_info.client_id}")
        self.client = client_info


@dataclass
class Person:
    """How the person answers: in their browser, or by e-mail address and password without one."""

    callback: Callback
    email: str | None
    password: str | None
    returned: AuthorizationCodeResult | None = None

    async def ask(self, authorization_url: str) -> None:
        """Shows the sign-in and consent pages, or fills them in."""
        if self.email and self.password:
            say("Signing in", f"as {self.email}")
            back = await sign_in_and_approve(authorization_url, self.callback.redirect_uri, self.email, self.password)
            self.returned = read_redirect(back)
        else:
            say("Waiting for you", f"in your browser; if none opened, go to\n\n  {authorization_url}\n")
            await asyncio.to_thread(webbrowser.open, authorization_url)

    async def answer(self) -> AuthorizationCodeResult:
        """What came back to our redirect URI."""
        return self.returned or await self.callback.result()


async def main(url: str, email: str | None, password: str | None) -> None:
    """Connects, stores one memory and asks for it."""
    say("Connecting", f"to {url}")
    async with listening_callback() as callback:
        person = Person(callback, email, password)
        provider = OAuthClientProvider(
            url, registration(callback.redirect_uri), InMemoryTokens(), person.ask, person.answer
        )
        async with (
            httpx2.AsyncClient(auth=provider, timeout=httpx2.Timeout(30, read=300)) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            await remember_and_recall(client)


def registration(redirect_uri: str) -> OAuthClientMetadata:
    """What the app says about itself (RFC 7591 §2)."""
    return OAuthClientMetadata(
        client_name="Ostiary demo",
        redirect_uris=[AnyUrl(redirect_uri)],
        grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="none",
    )


async def remember_and_recall(client: Client) -> None:
    """The two calls everything is about."""
    tools = await client.list_tools()
    say("May use", ", ".join(tool.name for tool in tools.tools))
    await client.call_tool("memory_store", {"text": SAID, "key": "demo-coffee", "tags": ["demo"]})
    say("Stored", f"“{SAID}”")
    found = await client.call_tool("memory_search", {"query": ASKED})
    say("Asked", f"“{ASKED}”")
    say("Recalled", first_text(found.structured_content))


def first_text(answer: dict[str, Any] | None) -> str:
    """The text of the best hit."""
    hits = (answer or {}).get("results") or []
    return f"“{hits[0]['text']}”" if hits else "nothing"


def say(what: str, rest: str) -> None:
    """One readable line."""
    print(f"{what + ':':20}{rest}", flush=True)


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Connect to Ostiary, store a memory and recall it.")
    parser.add_argument("--url", default="http://localhost:8000/mcp", help="the MCP endpoint")
    parser.add_argument("--user", help="sign in as this person without a browser")
    return parser.parse_args()


def read_password(user: str | None) -> str | None:
    """From the terminal without echo, or from the first line of standard input. Raises NotConnectedError."""
    if user is None:
        return None
    given = getpass.getpass(f"Password of {user}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise NotConnectedError("no password was given")
    return given


def run(arguments: argparse.Namespace) -> str | None:
    """Runs the demo; gives what went wrong, in one line."""
    problem = None
    logging.getLogger("mcp").addHandler(logging.NullHandler())  # its traceback would repeat what we say
    # Nothing may leave an `except*` block but what it caught: before Python 3.11.4 an exit becomes a traceback there.
    try:
        asyncio.run(main(arguments.url, arguments.user, read_password(arguments.user)))
    except* EXPECTED as failures:
        problem = f"The app was not connected to {arguments.url}: {first_line(failures)}"
        if not_reached(failures):
            problem = f"{problem.rstrip('.')}. {HINT}"
    return problem


def not_reached(failure: BaseException) -> bool:
    """Whether nothing answered there."""
    if isinstance(failure, BaseExceptionGroup):
        return any(map(not_reached, failure.exceptions))
    return isinstance(failure, NOT_REACHED)


def first_line(failure: BaseException) -> str:
    """The first thing that went wrong in a group of them."""
    if isinstance(failure, BaseExceptionGroup):
        return first_line(failure.exceptions[0])
    return str(failure).partition("\n")[0] or type(failure).__name__


if __name__ == "__main__":
    try:
        sys.exit(run(read_arguments()))
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n" if sys.stderr.isatty() else "Stopped.\n")
        sys.exit(130)
