"""`ostiary memory import`: other products' exports into a person's memory, tried out first, and taken out again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from cli.failures import load, stop
from cli.import_accounts import Destination, destinations
from cli.import_printing import Moved, print_batches, print_moved, print_undone
from cli.import_progress import progress_of
from cli.memory_person import open_person
from cli.memory_vaults import OneUser, open_vaults
from cli.options import AsJson, DataDir
from resource_server.memory.exporting import own_export
from resource_server.memory.exporting.restoring import MemoryRestoring
from resource_server.memory.import_report import Report
from resource_server.memory.import_undoing import ImportUndoing, UnknownBatchError
from resource_server.memory.importers.imported import Format
from resource_server.memory.importers.material import Material, UnreadableError, opened
from resource_server.memory.importers.registry import FORMATS, format_of
from resource_server.memory.importing import MemoryImports, Plan
from resource_server.memory.quotas import Quotas
from resource_server.memory.records import NoRoomError, ReadOnlyNamespaceError, StoreBusyError, TooManyNamespacesError
from resource_server.settings import Settings
from shared.authorization_details import is_namespace

UNDO = "undo"
SOURCES = ", ".join(FORMATS)
What = Annotated[str, typer.Argument(metavar="PATH", help="The file, folder or zip archive; or `undo` and a number.")]
BatchNumber = Annotated[str, typer.Argument(metavar="[IMPORT]", help="With `undo`: the number of the import, imp_…")]
ForUser = Annotated[str, typer.Option("--user", help="The e-mail address or the id of the person.")]
Source = Annotated[str, typer.Option("--source", help=f"What wrote it, where looking does not tell: {SOURCES}.")]
Namespace = Annotated[str, typer.Option("--namespace", help="Where to, instead of a namespace named after the source.")]
Maps = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="OLD=EMAIL", help="Whose account an old user is now; repeatable."),
]
Zone = Annotated[str, typer.Option("--timezone", help="The zone of dates that name none.")]
WithSettings = Annotated[
    bool, typer.Option("--with-settings", help="Of an export of Ostiary: take over its settings and accepted apps too.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be imported, and write nothing.")]


def import_(
    what: What,
    batch: BatchNumber = "",
    user: ForUser = "",
    source: Source = "",
    namespace: Namespace = "",
    maps: Maps = None,
    timezone: Zone = "UTC",
    dry_run: DryRun = False,
    with_settings: WithSettings = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Import what another product remembered. `ostiary memory import undo IMPORT` takes it out again."""
    if what == UNDO:
        undo(batch, user, as_json, data_dir)
        return
    with _readable(), opened(Path(what)) as material:
        if source in ("", own_export.NAME) and own_export.is_own(material):
            restored = _restored(material, user, data_dir, dry_run, as_json, with_settings)
            moved = Moved(own_export.NAME, own_export.TITLE, restored)
        else:
            found = format_of(material, source)
            plan = Plan(found.name, _namespace(namespace or found.name), material.path.name, _zone(timezone))
            targets = destinations(found, material, user, maps or [], data_dir)
            moved = Moved(found.name, found.title, _brought(found, material, plan, targets, data_dir, dry_run, as_json))
    print_moved(moved, dry_run=dry_run, as_json=as_json)


def imports(user: OneUser, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the imports of a person, newest first."""
    with open_person(user, data_dir) as person:
        print_batches(ImportUndoing(person.stores.vault_of(person.user_id)).batches(), as_json=as_json)


def undo(batch: str, user: str, as_json: bool, data_dir: DataDir) -> None:
    """Put what an import brought, and nobody changed since, into the trash."""
    if not batch or not user:
        stop("name the import and the person: `ostiary memory import undo imp_… --user EMAIL`")
    with open_person(user, data_dir) as person:
        try:
            undone = ImportUndoing(person.stores.vault_of(person.user_id)).undo(batch)
        except UnknownBatchError:
            stop(f"{user} has no import {batch} that could be undone; `ostiary memory imports` lists them")
    print_undone(undone, as_json=as_json)


@contextmanager
def _readable() -> Iterator[None]:
    """What can go wrong, in one line."""
    try:
        yield
    except UnreadableError as wrong:
        stop(str(wrong))
    except NoRoomError as full:
        stop(f"{full} What was imported before that stays.")
    except TooManyNamespacesError:
        stop("there are too many namespaces already; name one that exists with --namespace")
    except ReadOnlyNamespaceError as refused:
        stop(str(refused))
    except StoreBusyError:
        stop("another process keeps the vault locked; run the command again, it goes on where it stopped")


def _brought(
    found: Format,
    material: Material,
    plan: Plan,
    targets: list[Destination],
    data_dir: DataDir,
    dry_run: bool,
    quiet: bool,
) -> dict[str, Report]:
    """A report for each account, by its name."""
    reports: dict[str, Report] = {}
    with open_vaults(data_dir) as vaults:
        for target in targets:
            vault = vaults.stores.vault_of(target.user_id)
            if plan.namespace in vault.elsewhere:
                stop(f"{plan.namespace} is shared with others, and an import is one person's; name another --namespace")
            moving = MemoryImports(vault, _quotas())
            with progress_of(target.name, target.records, quiet=quiet) as advance:
                move = moving.rehearse if dry_run else moving.bring
                reports[target.name] = move(plan, target.of(found.read(material)), advance)
            for refused in material.left_out:
                reports[target.name].leaves_out(refused)
    return reports


def _restored(
    material: Material, user: str, data_dir: DataDir, dry_run: bool, quiet: bool, with_settings: bool
) -> dict[str, Report]:
    if not user:
        stop("name the person with --user")
    with open_person(user, data_dir) as person, progress_of(user, None, quiet=quiet) as advance:
        vault = person.stores.vault_of(person.user_id)
        restoring = MemoryRestoring(vault, material.path.name, _quotas(), with_settings)
        move = restoring.rehearse if dry_run else restoring.bring
        return {user: move(own_export.read(material), advance)}


def _quotas() -> Quotas:
    settings = load(Settings)
    return Quotas(settings.max_memories, settings.max_vault_mb)


def _namespace(name: str) -> str:
    if not is_namespace(name):
        stop(f"{name} is no namespace: lower-case letters, digits and hyphens")
    return name


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        stop(f"there is no time zone {name}; they are named like Europe/Berlin")
