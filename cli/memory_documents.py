"""`ostiary memory add`: whole documents from files into a person's memory, in parts that searches find."""

from pathlib import Path
from typing import Annotated

import typer

from cli.failures import stop
from cli.memory_person import open_person
from cli.memory_vaults import OneUser
from cli.options import DataDir
from resource_server.memory.documents.media_types import UnreadableDocumentError, media_type_of, text_of
from resource_server.memory.documents.records import DocumentDraft, TooManyChunksError
from resource_server.memory.records import (
    Author,
    NoRoomError,
    ReadOnlyNamespaceError,
    Signed,
    StoreBusyError,
    TooManyNamespacesError,
)
from resource_server.memory.sharing.documents import CombinedDocuments
from shared.authorization_details import DEFAULT_NAMESPACE, is_namespace

Files = Annotated[list[Path], typer.Argument(help="Text, Markdown, HTML or PDF; by the end of their names.")]
Namespace = Annotated[str, typer.Option("--namespace", help="Where to keep them.")]
WRONG = (
    OSError,
    UnreadableDocumentError,
    TooManyChunksError,
    TooManyNamespacesError,
    NoRoomError,
    ReadOnlyNamespaceError,
)
BY_COMMAND = Signed(Author("cli", "", "ostiary memory add", "ostiary memory"), lambda: None)


def add(files: Files, user: OneUser, namespace: Namespace = DEFAULT_NAMESPACE, data_dir: DataDir = None) -> None:
    """Keep documents; a file that was added before is replaced by what it says now. Ends with 1 if one is not kept."""
    if not is_namespace(namespace):
        stop("--namespace takes a lower-case name of letters, digits and hyphens, such as work")
    with open_person(user, data_dir) as person:
        documents = CombinedDocuments(person.stores.places_of(person.user_id), person.stores.quotas)
        results = [_added(documents, file, namespace) for file in files]
    if not all(results):
        raise typer.Exit(1)


def _added(documents: CombinedDocuments, file: Path, namespace: str) -> bool:
    """Whether it is kept now; what went wrong is said."""
    try:
        draft = _draft(file, namespace)
        document, is_new = documents.put(draft, BY_COMMAND)
    except WRONG as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        typer.echo(f"{file}: not kept, {reason}", err=True)
        return False
    except StoreBusyError:
        stop("the vault is locked by another process; try again")
    typer.echo(
        f"{file}: {f'kept, {document.chunks} parts to find it by' if is_new else 'is there already'} ({document.id})"
    )
    return True


def _draft(file: Path, namespace: str) -> DocumentDraft:
    media_type = media_type_of(file.name)
    if media_type is None:
        raise UnreadableDocumentError("it is none of .txt, .md, .html and .pdf")
    text = text_of(file.read_bytes(), media_type)
    return DocumentDraft(namespace, file.stem, text, media_type.value, origin=str(file.resolve()))
