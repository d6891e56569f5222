"""`ostiary memory doctor`: reads every page of the vaults, and says what is wrong with them and what mends it."""

import typer

from cli.memory_vaults import Share, User, open_vaults
from cli.options import DataDir
from resource_server.memory.checking import RESTORE, Fault, faults_of
from resource_server.memory.migrating import VaultTooNewError
from resource_server.memory.records import StoreBusyError
from resource_server.memory.vault import VaultUnreadableError
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.vault_keys import VaultLockedError
from resource_server.memory.vaults import is_user_id


def doctor(user: User = "", share: Share = "", data_dir: DataDir = None) -> None:
    """Check vaults, page by page; ends with 1 where something is wrong, and says what to do."""
    faulty = 0
    with open_vaults(data_dir, user, share) as opened:
        vaults = opened.vaults()
        for vault in vaults:
            faults = _checked(vault)
            faulty += bool(faults)
            typer.echo(f"{vault.user_id}: {'sound' if not faults else ''}")
            for fault in faults:
                typer.echo(f"  {fault.what}; {fault.remedy.format(whose=_named(vault.user_id))}")
    if not vaults:
        typer.echo("There are no vaults yet.")
    if faulty:
        raise typer.Exit(1)


def _named(vault_id: str) -> str:
    return f"{'--user' if is_user_id(vault_id) else '--share'} {vault_id}"


def _checked(vault: VaultAccess) -> list[Fault]:
    try:
        return vault.read(faults_of)
    except VaultUnreadableError:
        return [Fault("the file does not open with its key", RESTORE)]
    except VaultLockedError as wrong:
        return [Fault(str(wrong), "restore the resource server's database that belongs to it, or the master key")]
    except VaultTooNewError as wrong:
        return [Fault(str(wrong), "use the newer version of Ostiary")]
    except StoreBusyError:
        return [Fault("another process keeps it locked", "try again")]
