"""An export of ours, read: its lines in the order in which they can be written, whatever its layout."""

from collections.abc import Iterator

from resource_server.memory.exporting.lines import FORMAT, VERSION, Line
from resource_server.memory.exporting.markdown import REST, line_of
from resource_server.memory.importers.front_matter import BrokenFrontMatterError
from resource_server.memory.importers.json_records import BROKEN, first_line, lines
from resource_server.memory.importers.material import LeftOut, Material, Part, UnreadableError
from resource_server.memory.importers.metered import LARGEST_RECORD

NAME = "ostiary"
TITLE = "an export of Ostiary"


def is_own(material: Material) -> bool:
    """By the first line. Raises UnreadableError for a version that this program does not know."""
    return _part_of(material) is not None


def read(material: Material) -> Iterator[tuple[str, Line] | LeftOut]:
    """Where each line stands, and the line: memories first. An export that was cut off is reported at its end."""
    part = _part_of(material)
    if part is None:
        return
    if first_line(part).get("layout") == "markdown":
        for file in material.named("*.md"):
            yield _from_markdown(file)
    is_whole = False
    for one in lines(part):
        if not isinstance(one, LeftOut) and one[1].get("line") in ("export", "end"):
            is_whole = is_whole or one[1]["line"] == "end"
            continue
        yield one
    if not is_whole:
        yield LeftOut(part.name, "it was cut off; what comes before its end was read")


def _part_of(material: Material) -> Part | None:
    candidates = material.parts if len(material.parts) == 1 else material.named(REST, "*.jsonl")
    for part in candidates[:20]:
        first = first_line(part)
        if first.get("format") == FORMAT:
            if first.get("version") != VERSION:
                raise UnreadableError(f"{part.name} is of version {first.get('version')}; this program reads {VERSION}")
            return part
    return None


def _from_markdown(part: Part) -> tuple[str, Line] | LeftOut:
    try:
        with part.open() as stream:
            return part.name, line_of(stream.read(LARGEST_RECORD).decode())
    except BrokenFrontMatterError:
        return LeftOut(part.name, "its front matter is broken, or names no id")
    except UnicodeDecodeError:
        return LeftOut(part.name, "it is no UTF-8 text")
    except BROKEN:
        return LeftOut(part.name, "it cannot be read")
