"""`ostiary memory backup`: one vault into a file, while the servers run."""

from pathlib import Path
from typing import Annotated

import typer

from cli.failures import stop
from cli.memory_vaults import Share, User, open_vaults
from cli.options import DataDir
from resource_server.memory.vault_copies import NoRoomError

File = Annotated[Path, typer.Argument(help="Where to; a file that is there already is left alone.")]


def backup(file: File, user: User = "", share: Share = "", data_dir: DataDir = None) -> None:
    """Copy the vault of a person or of a shared namespace as it is now, encrypted with its own key."""
    file = file.absolute()
    if file.exists() or not file.parent.is_dir():
        stop(f"{file} is there already, or its folder is not. Name a new file in a folder that exists.")
    with open_vaults(data_dir, user, share) as opened:
        access = opened.the_one()
        try:
            with access.vaults.lend(access.user_id) as vault:
                vault.copy_to(file)
        except NoRoomError as wrong:
            stop(str(wrong))
    typer.echo(f"The vault of {access.user_id} is in {file}.")
    typer.echo("It opens with the key in this installation's resource.db and its master key: keep both with it.")
