"""What administrators do to servers, in the words in which one of our servers tells the other."""

from enum import StrEnum

MOST = 100
"""Acts that are told at once."""


class ServerAct(StrEnum):
    """What was done."""

    ADDED = "added"
    REMOVED = "removed"
    ENABLED = "enabled"
    DISABLED = "disabled"
    SENDS_CHANGED = "sent"
    TOOLS_ACCEPTED = "accepted"
    TOOL_SHAPED = "shaped"
    CLIENT_ENTERED = "client"
    CHANGED = "changed"
    """It leads elsewhere, or asks for something else."""
    CREDENTIAL_ENTERED = "entered"
    CREDENTIAL_FORGOTTEN = "forgotten"
