"""Claude's data export: conversations.json, projects.json or projects/, memories.json, alone or in the zip."""

from collections.abc import Iterator
from typing import Any

from resource_server.memory.importers.imported import Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import Record, paths_in, records
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.turns import text_in, turn, word

MARKS = {"item.chat_messages", "item.prompt_template", "item.conversations_memory"}
SPOKEN = ("human", "assistant")


def recognises(material: Material) -> bool:
    """By its conversations, projects or memories."""
    return any(MARKS & paths_in(part) for part in material.named("*.json")[:20])


def read(material: Material) -> Iterator[Found]:
    """Turns, the documents and instructions of projects, and what Claude remembers."""
    for part in material.named("*.json"):
        if "projects" in part.name.split("/")[:-1]:
            yield from _each(part, "", _project)
        elif "item.chat_messages" in (paths := paths_in(part)):
            yield from _each(part, "item", _conversation)
        elif "item.conversations_memory" in paths or part.filename == "memories.json":
            yield from _each(part, "item", _memories)
        elif part.filename == "projects.json":
            yield from _each(part, "item", _project)


def _each(part: Part, prefix: str, made_of: Any) -> Iterator[Found]:
    for one in records(part, prefix):
        yield from (one,) if isinstance(one, LeftOut) else made_of(*one)


def _conversation(where: str, conversation: Record) -> Iterator[Found]:
    messages = conversation.get("chat_messages")
    if not isinstance(messages, list):
        yield LeftOut(where, "it is no conversation")
        return
    name = word(conversation.get("uuid")) or where
    title = word(conversation.get("name"))
    for message in messages:
        if not isinstance(message, dict) or message.get("sender") not in SPOKEN:
            continue
        text = _said(message)
        if text.strip():
            at = instant_of(message.get("created_at")) or instant_of(conversation.get("created_at"))
            role = "user" if message["sender"] == "human" else "assistant"
            files = _files(message)
            yield turn(where, role, text, at, name, {"title": title, **({"files": files} if files else {})})


def _said(message: Record) -> str:
    """The text blocks; thoughts and what tools said are left out. Older exports have `text` alone."""
    blocks = message.get("content")
    blocks = [one for one in blocks if isinstance(one, dict)] if isinstance(blocks, list) else []
    said = "\n".join(text_in(block.get("text")) for block in blocks if block.get("type") == "text")
    return said or text_in(message.get("text"))


def _files(message: Record) -> list[Any]:
    listed = [*(message.get("attachments") or ()), *(message.get("files") or ())]
    return [one["file_name"] for one in listed if isinstance(one, dict) and word(one.get("file_name"))]


def _project(where: str, project: Record) -> Iterator[Found]:
    at, name = instant_of(project.get("created_at")), word(project.get("name"))
    about: dict[str, Any] = {"project": name}
    for field, what in (("description", "project"), ("prompt_template", "instructions")):
        if text := word(project.get(field)):
            yield Imported(f"{name}: {text}" if name else text, where, at, metadata=about | {"what": what})
    docs = project.get("docs")
    for doc in docs if isinstance(docs, list) else ():
        if isinstance(doc, dict) and word(doc.get("content")):
            metadata = about | {"what": "document", "filename": doc.get("filename")}
            yield Imported(doc["content"], where, instant_of(doc.get("created_at")) or at, metadata=metadata)


def _memories(where: str, memories: Record) -> Iterator[Found]:
    if text := word(memories.get("conversations_memory")):
        yield Imported(text, where, metadata={"what": "memory"}, kind="fact")
    projects = memories.get("project_memories")
    for project, said in projects.items() if isinstance(projects, dict) else ():
        if text := word(said):
            yield Imported(text, where, metadata={"what": "memory", "project": project}, kind="fact")


FORMAT = Format("claude", "Claude's data export", recognises, read)
