"""Why a call does not reach a server behind the gateway: a sentence for models, a word for programs."""

from enum import StrEnum

from resource_server.context.caller import ToolError


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
