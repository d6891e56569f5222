"""`ostiary memory restore`: a backup of one vault back into its place."""

from pathlib import Path
from typing import Annotated

import typer

from cli.failures import stop
from cli.memory_vaults import Share, User, open_vaults
from cli.options import DataDir
from resource_server.memory.migrating import VaultTooNewError
from resource_server.memory.records import StoreBusyError
from resource_server.memory.vault import VaultUnreadableError
from resource_server.memory.vault_keys import VaultLockedError
from resource_server.memory.vault_restoring import DamagedBackupError

File = Annotated[Path, typer.Argument(help="What `ostiary memory backup` wrote.")]


def restore(file: File, user: User = "", share: Share = "", data_dir: DataDir = None) -> None:
    """Put a backup of one vault back. Stop the servers first; the vault it replaces is kept for 90 days."""
    if not file.is_file():
        stop(f"{file} is not there.")
    if not user and not share:
        stop("Name whose vault it is, with --user or --share.")
    with open_vaults(data_dir, user, share) as opened:
        access = opened.the_one()
        try:
            access.vaults.restore(access.user_id, file)
        except StoreBusyError:
            stop("A server has the vault open. Stop the servers and try again; nothing was changed.")
        except VaultUnreadableError:
            stop(f"{file} is no backup of this vault in this installation; nothing was changed.")
        except (DamagedBackupError, VaultTooNewError, VaultLockedError) as wrong:
            stop(f"{wrong}; nothing was changed.")
    typer.echo(f"The vault of {access.user_id} is what {file} holds; what it was before lies beside it for 90 days.")
