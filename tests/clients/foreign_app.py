"""What a test asks of an app that is written with somebody else's client."""

from typing import Any, Protocol


class RefusedError(Exception):
    """The app could not do it; says what it said."""


class ForeignApp(Protocol):
    """An app that connects by itself: discovery, registration, PKCE, refresh are its client's."""

    def connect(self) -> str:
        """Opens the connection, signing in if need be, and gives the protocol revision. Raises RefusedError."""

    def tools(self) -> set[str]:
        """The names of the tools it sees. Raises RefusedError."""

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Calls a tool; gives the structured content. Raises RefusedError."""

    def let_token_expire(self) -> None:
        """Ten minutes pass, as far as the app has a clock."""
