"""`ostiary memory reindex`: indexes made to fit the memories again, and vectors by the embedder of the settings."""

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.counting import counted
from cli.failures import stop
from cli.memory_vaults import Share, User, open_vaults
from cli.options import DataDir
from resource_server.memory.mending import mend
from resource_server.memory.records import StoreBusyError
from resource_server.memory.reembedding import EmbedderSilentError, reembed, waiting
from resource_server.memory.restating import note_old
from resource_server.memory.vault_access import VaultAccess

SILENT = "the embedder does not answer; see the log above, and run this again: it goes on where it stopped"
BUSY = "another process keeps a vault locked; run this again: it goes on where it stopped"


def reindex(user: User = "", share: Share = "", data_dir: DataDir = None) -> None:
    """Mend the indexes of vaults and embed what the present embedder has not; may be broken off and run again."""
    with open_vaults(data_dir, user, share) as opened, _progress() as progress:
        for vault in opened.vaults():
            try:
                mended, embedded = _reindexed(vault, progress)
            except EmbedderSilentError:
                stop(SILENT)
            except StoreBusyError:
                stop(BUSY)
            typer.echo(f"{vault.user_id}: mended {counted(mended, 'row')}, embedded {embedded}")


def _reindexed(vault: VaultAccess, progress: Progress) -> tuple[int, int]:
    mended: list[int] = []
    vault.noted(lambda connection: mended.append(mend(connection)))
    for _ in note_old(vault):
        pass
    total = vault.read(lambda connection: waiting(connection, vault.embedder.name))
    task = progress.add_task(vault.user_id, total=total)
    done = 0
    for count in reembed(vault):
        done += count
        progress.update(task, completed=done)
    progress.remove_task(task)
    return mended[0], done


def _progress() -> Progress:
    """On stderr, so that what is said can be piped; nothing is drawn where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
