"""`ostiary memory chat-endpoint`: whether a person's conversations may be sent to the language model that is set."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.failures import readable_failures
from cli.memory_vaults import OneUser, open_vaults
from cli.options import DataDir
from resource_server.memory.conversations.chat.writer import is_switched_off, switch
from resource_server.memory.records import Author, Signed

COMMAND = Signed(Author(client_id="", grant_id="", tool="ostiary memory chat-endpoint"), lambda: None)


class Switch(StrEnum):
    """What a person wants."""

    ON = "on"
    OFF = "off"


def chat_endpoint(
    user: OneUser,
    to: Annotated[Switch | None, typer.Argument(help="on or off; left out, it is only said how it stands.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Say, or decide, whether one person's conversations may be sent to the chat endpoint, where one is set."""
    with readable_failures(), open_vaults(data_dir, user) as vaults:
        vault = vaults.stores.vault_of(vaults.user_id)
        if to is not None:
            vault.written(COMMAND, lambda connection: switch(connection, on=to is Switch.ON))
        is_off = vault.read(is_switched_off)
    typer.echo("off: nothing is sent" if is_off else "on: sent where OSTIARY_RESOURCE_CHAT_URL and _MODEL are set")
