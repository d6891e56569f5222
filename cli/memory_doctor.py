"""`ostiary memory doctor`: reads every page of the vaults, and says what is wrong with them and what mends it."""

import typer

from cli.memory_vaults import OpenVaults, User, open_vaults
from cli.options import DataDir
from resource_server.memory.checking import RESTORE, Fault, faults_of
from resource_server.memory.migrating import VaultTooNewError
from resource_server.memory.records import StoreBusyError
from resource_server.memory.vault import VaultUnreadableError
from resource_server.memory.vault_keys import VaultLockedError


def doctor(user: User = "", data_dir: DataDir = None) -> None:
    """Check vaults, page by page; ends with 1 where something is wrong, and says what to do."""
    faulty = 0
    with open_vaults(data_dir, user) as vaults:
        user_ids = vaults.user_ids()
        for user_id in user_ids:
            faults = _checked(vaults, user_id)
            faulty += bool(faults)
            typer.echo(f"{user_id}: {'sound' if not faults else ''}")
            for fault in faults:
                typer.echo(f"  {fault.what}; {fault.remedy.format(user=user_id)}")
    if not user_ids:
        typer.echo("There are no vaults yet.")
    if faulty:
        raise typer.Exit(1)


def _checked(vaults: OpenVaults, user_id: str) -> list[Fault]:
    try:
        return vaults.stores.vault_of(user_id).read(faults_of)
    except VaultUnreadableError:
        return [Fault("the file does not open with its key", RESTORE)]
    except VaultLockedError as wrong:
        return [Fault(str(wrong), "restore the resource server's database that belongs to it, or the master key")]
    except VaultTooNewError as wrong:
        return [Fault(str(wrong), "use the newer version of Ostiary")]
    except StoreBusyError:
        return [Fault("another process keeps it locked", "try again")]
