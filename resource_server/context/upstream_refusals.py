"""Why a call does not reach a server behind the gateway: a sentence for models, a word for programs."""

from enum import StrEnum

from resource_server.context.caller import ToolError
from shared.own_pages import SERVERS_PATH

MORE_IS_GIVEN = "its person can give it more on their page of connected apps"


class Refusal(StrEnum):
    """What stands in the way."""

    NOT_FOUND = "not_found"
    NOT_GRANTED = "not_granted"
    CHANGED = "tool_changed"
    CREDENTIAL_WANTED = "credential_wanted"
    UNAVAILABLE = "server_unavailable"
    """The call was not sent."""
    UNANSWERED = "server_unanswered"
    """It may have been."""


class UpstreamRefusedError(ToolError):
    """The call was not let through to the server, or its answer did not come back."""

    def __init__(self, refusal: Refusal, text: str) -> None:
        super().__init__(text)
        self.refusal = refusal


def no_such_server(*, in_session: bool) -> UpstreamRefusedError:
    """Whether there is none, or none that the grant names, is not said."""
    said = f"This connection's grant does not reach a server of that name; {MORE_IS_GIVEN}."
    if in_session:
        said = "This session has no server of that name: add it to the session, or call without the session."
    return UpstreamRefusedError(Refusal.NOT_FOUND, said)


def no_such_tool(server: str) -> UpstreamRefusedError:
    """The server does not list it, or it is hidden here."""
    said = f"{server} has no such tool; the list of tools says which there are."
    return UpstreamRefusedError(Refusal.NOT_FOUND, said)


def not_granted() -> UpstreamRefusedError:
    """The server has it; the grant does not name it."""
    said = f"This connection's grant does not reach this tool; {MORE_IS_GIVEN}."
    return UpstreamRefusedError(Refusal.NOT_GRANTED, said)


def added_later(server: str) -> UpstreamRefusedError:
    """The grant names it, and is older than it."""
    said = (
        f"{server} was added after this connection was allowed, and may be another server than the one meant then; "
        "its person allows it by changing this app on their page of connected apps. A key is allowed it by "
        "`ostiary keys edit --same`, or made anew."
    )
    return UpstreamRefusedError(Refusal.NOT_GRANTED, said)


def changed(server: str, origin: str) -> UpstreamRefusedError:
    """AS-105: it is not what was accepted. `origin` has the person's page of the server; empty, there is none."""
    where = f", at {origin}{SERVERS_PATH}/{server}" if origin else ""
    said = f"{server} changed this tool; it waits for the person to accept it again{where}."
    return UpstreamRefusedError(Refusal.CHANGED, said)
