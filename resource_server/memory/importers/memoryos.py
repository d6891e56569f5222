"""MemoryOS: a data folder with users/<id>/short_term.json, mid_term.json and long_term_user.json, or one user's folder.

Assistants' knowledge, assistants/<id>/long_term_assistant.json, belongs to nobody and goes to whom the import is for.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from resource_server.memory.importers.imported import Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import Record, members, paths_in, records
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.turns import SPEAKERS, TURN, text_in, word

SHORT, MID, LONG, ASSISTANT = "short_term.json", "mid_term.json", "long_term_user.json", "long_term_assistant.json"
MARKS = {"sessions", "user_profiles", "item.user_input", "knowledge_base", "assistant_knowledge"}
NOTHING = ("", "none", "- none", "- none.")


def recognises(material: Material) -> bool:
    """By the names of its files and what is in them."""
    return any(MARKS & paths_in(part) for part in material.named(SHORT, MID, LONG, ASSISTANT)[:50])


def read(material: Material) -> Iterator[Found]:
    """Pages with their dates, summaries of segments, profiles and knowledge; embeddings are made anew."""
    for part in material.named(SHORT):
        for one in records(part):
            yield one if isinstance(one, LeftOut) else _page(*one, _owner(part), None, "short-term")
    for part in material.named(MID):
        for one in members(part, "sessions"):
            yield from (one,) if isinstance(one, LeftOut) else _segment(part, *one)
    for part in material.named(LONG, ASSISTANT):
        yield from _long_term(part)


def _owner(part: Part) -> str | None:
    """The folder the file lies in, below `users`; for a single user's folder nobody is named."""
    folders = PurePosixPath(part.name).parts[:-1]
    if "users" in folders[:-1]:
        return folders[folders.index("users") + 1]
    return folders[-1] if folders and "assistants" not in folders and folders[-1] != "users" else None


def _page(where: str, page: Record, owner: str | None, segment: str | None, level: str) -> Imported:
    said = [
        f"{SPEAKERS[role]}: {text}"
        for role, name in (("user", "user_input"), ("assistant", "agent_response"))
        if (text := word(page.get(name)))
    ]
    keywords = page.get("page_keywords")
    return Imported(
        "\n".join(said),
        where,
        instant_of(page.get("timestamp")),
        tags=_texts(keywords),
        metadata={"level": level, "meta_info": page.get("meta_info"), "page_id": page.get("page_id")},
        kind=TURN,
        conversation=segment,
        owner=owner,
        name=word(page.get("page_id")),
    )


def _segment(part: Part, name: str, segment: Any) -> Iterator[Found]:
    where = f"{part.name} {name}"
    if not isinstance(segment, dict):
        yield LeftOut(where, "it is no segment")
        return
    pages = segment.get("details")
    for page in pages if isinstance(pages, list) else ():
        if isinstance(page, dict):
            yield _page(where, page, _owner(part), name, "mid-term")
    if summary := word(segment.get("summary")):
        heat = {field: segment.get(field) for field in ("H_segment", "N_visit", "L_interaction")}
        yield Imported(
            summary,
            where,
            instant_of(segment.get("timestamp")),
            tags=_texts(segment.get("summary_keywords")),
            metadata={"level": "mid-term", **heat},
            kind="summary",
            conversation=name,
            owner=_owner(part),
        )


def _long_term(part: Part) -> Iterator[Found]:
    for one in members(part, "user_profiles"):
        if isinstance(one, LeftOut):
            yield one
        elif isinstance(one[1], dict) and (text := _something(one[1].get("data"))):
            at = instant_of(one[1].get("last_updated"))
            where = f"{part.name} {one[0]}"
            yield Imported(text, where, at, metadata={"level": "profile"}, kind="profile", owner=_owner(part) or one[0])
    for field, about in (("knowledge_base", "user"), ("assistant_knowledge", "assistant")):
        for one in records(part, f"{field}.item"):
            yield one if isinstance(one, LeftOut) else _knowledge(*one, _owner(part), about)


def _knowledge(where: str, knowledge: Record, owner: str | None, about: str) -> Imported:
    return Imported(
        _something(knowledge.get("knowledge")),
        where,
        instant_of(knowledge.get("timestamp")),
        metadata={"level": "long-term", "about": about},
        kind="fact",
        owner=owner,
    )


def _something(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    return "" if text.strip().lower() in NOTHING else text


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text_in(one) for one in value) if isinstance(value, list) else ()


FORMAT = Format("memoryos", "a MemoryOS data folder", recognises, read)
