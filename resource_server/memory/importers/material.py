"""A file, folder or zip archive somebody wants to import: looked into in place, within bounds, never unpacked to disk.

Links are not followed, and a name that leads out of the archive is left out, though nothing is ever written under it.
"""

import gzip
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from resource_server.memory.importers.metered import LARGEST_FILE, Metered

MOST_FILES = 100_000
FREELY_PACKED = 16 * 2**20
TIGHTEST = 200
"""Text packs 3 to 30 times smaller: what is larger than FREELY_PACKED and packed tighter was made to burst."""


class UnreadableError(Exception):
    """Nothing can be imported from there; the text says why."""


@dataclass(frozen=True)
class LeftOut:
    """Something that is not imported, and why, in words for the person."""

    where: str
    why: str


@dataclass(frozen=True)
class Part:
    """One file; `path` is where it lies on disk, unless it is inside an archive."""

    name: str
    start: Callable[[], BinaryIO] = field(repr=False)
    path: Path | None = None

    @property
    def filename(self) -> str:
        """Without folders."""
        return PurePosixPath(self.name).name

    @contextmanager
    def open(self) -> Iterator[Metered]:
        """Its bytes, unpacked where it is gzip. Reading raises TooLargeError past the bounds."""
        with self.start() as raw:
            if self.name.endswith(".gz"):
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield Metered(unpacked)
            else:
                yield Metered(raw)


@dataclass(frozen=True)
class Material:
    """What lies at a path: its parts by name, and those that were refused."""

    path: Path
    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()

    def named(self, *patterns: str) -> list[Part]:
        """The parts whose file name fits one of the patterns, in order of name."""
        return [part for part in self.parts if any(fnmatch(part.filename, pattern) for pattern in patterns)]


@contextmanager
def opened(path: Path) -> Iterator[Material]:
    """What lies at `path`. Raises UnreadableError."""
    if path.is_dir():
        yield _folder(path)
    elif not path.is_file():
        raise UnreadableError(f"there is no file or folder {path}")
    elif zipfile.is_zipfile(path):
        with _archive(path) as archive:
            yield _zip(path, archive)
    else:
        yield Material(path, (Part(path.name, partial(_file, path), path),))


def _file(path: Path) -> BinaryIO:
    return path.open("rb")


def _folder(path: Path) -> Material:
    files = []
    for file in path.rglob("*"):
        if file.is_symlink() or not file.is_file() or _through_link(file, path):
            continue
        files.append(file)
        if len(files) > MOST_FILES:
            raise UnreadableError(f"{path} holds more than {MOST_FILES} files; name a smaller folder")
    names = sorted((file.relative_to(path).as_posix(), file) for file in files)
    return Material(path, tuple(Part(name, partial(_file, file), file) for name, file in names))


def _through_link(file: Path, top: Path) -> bool:
    return any(parent.is_symlink() for parent in file.parents if parent.is_relative_to(top) and parent != top)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as cause:
        raise UnreadableError(f"{path.name} is a broken zip archive; download it again") from cause
    with archive:
        if len(archive.infolist()) > MOST_FILES:
            raise UnreadableError(f"{path.name} holds more than {MOST_FILES} files")
        yield archive


def _zip(path: Path, archive: zipfile.ZipFile) -> Material:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    refused = {info.filename: why for info in infos if (why := _refused(info))}
    parts = [Part(info.filename, partial(_member, archive, info)) for info in infos if info.filename not in refused]
    left_out = tuple(LeftOut(name, why) for name, why in sorted(refused.items()))
    return Material(path, tuple(sorted(parts, key=lambda part: part.name)), left_out)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast("BinaryIO", archive.open(info))


def _refused(info: zipfile.ZipInfo) -> str:
    """Why this member is not read; empty where it may be."""
    name = PurePosixPath(info.filename.replace("\\", "/"))
    if not name.parts or name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        return "its name leads out of the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link"
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.file_size > LARGEST_FILE:
        return f"it is larger than {LARGEST_FILE // 2**30} GiB"
    if info.file_size > FREELY_PACKED and info.file_size > TIGHTEST * max(info.compress_size, 1):
        return "it is packed too tightly to be text"
    return ""
