"""A small app that connects to Ostiary like any other: it registers, asks a person, then remembers and recalls.

    make demo                                   # opens your browser
    make demo USER_EMAIL=you@example.org        # signs in without one, asks for the password

The password may also come on standard input.
"""

import argparse
import asyncio
import getpass
import sys
import webbrowser
from dataclasses import dataclass
from typing import Any

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from examples.callback import Callback, NotConnectedError, listening_callback, read_redirect
from examples.headless_browser import sign_in_and_approve

SAID = "I drink my coffee black."
ASKED = "How do I take my coffee?"


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
    print(f"{what + ':':18}{rest}", flush=True)


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Connect to Ostiary, store a memory and recall it.")
    parser.add_argument("--url", default="http://localhost:8000/mcp", help="the MCP endpoint")
    parser.add_argument("--user", help="sign in as this person without a browser")
    return parser.parse_args()


def read_password(user: str | None) -> str | None:
    """From the terminal without echo, or from the first line of standard input."""
    if user is None:
        return None
    return getpass.getpass(f"Password of {user}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def cause(failure: BaseException) -> BaseException:
    """The first thing that went wrong in a group of them."""
    return cause(failure.exceptions[0]) if isinstance(failure, BaseExceptionGroup) else failure


if __name__ == "__main__":
    arguments = read_arguments()
    try:
        asyncio.run(main(arguments.url, arguments.user, read_password(arguments.user)))
    except* (NotConnectedError, httpx2.TransportError) as failures:
        sys.exit(f"The app was not connected: {cause(failures)}")
