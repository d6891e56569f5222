"""ChatGPT's data export: conversations.json, or conversations-000.json and on, alone or in the zip; memories too.

A conversation is a tree of messages. What is read is the branch that ends in `current_node`, as ChatGPT shows it:
other answers to an edited question are left out. Memories appear in some exports as memories.json.
"""

from collections.abc import Iterator
from typing import Any

from resource_server.memory.importers.imported import Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import Record, paths_in, records
from resource_server.memory.importers.material import LeftOut, Material
from resource_server.memory.importers.turns import turn, word

CONVERSATIONS = ("conversations.json", "conversations-*.json")
MEMORIES = ("memories.json", "memory.json")
SPOKEN = ("user", "assistant")


def recognises(material: Material) -> bool:
    """By `mapping`, which no other product's conversations have."""
    return any("item.mapping" in paths_in(part) for part in material.named("*.json")[:20])


def read(material: Material) -> Iterator[Found]:
    """Each message of person and assistant, then memories."""
    for part in material.named(*CONVERSATIONS) or material.named("*.json"):
        for one in records(part):
            yield from (one,) if isinstance(one, LeftOut) else _conversation(*one)
    for part in material.named(*MEMORIES):
        for prefix in ("item", "memories.item"):
            for one in records(part, prefix):
                yield one if isinstance(one, LeftOut) else _memory(*one)


def _conversation(where: str, conversation: Record) -> Iterator[Found]:
    mapping = conversation.get("mapping")
    if not isinstance(mapping, dict):
        yield LeftOut(where, "it is no conversation")
        return
    name = word(conversation.get("conversation_id")) or word(conversation.get("id")) or where
    title = word(conversation.get("title"))
    began = conversation.get("create_time")
    for message in _branch(mapping, conversation.get("current_node")):
        author = message.get("author")
        role = author.get("role") if isinstance(author, dict) else None
        if role not in SPOKEN or message.get("recipient", "all") != "all":
            continue
        text = _text(message.get("content"))
        if text.strip():
            at = instant_of(message.get("create_time")) or instant_of(began)
            yield turn(where, role, text, at, name, {"title": title})


def _branch(mapping: dict[str, Any], last: Any) -> list[Record]:
    """From the first message to the last; where the last is unknown, the newest leaf."""
    node = mapping.get(last) if isinstance(last, str) else None
    if not isinstance(node, dict):
        node = next(
            (one for one in reversed(mapping.values()) if isinstance(one, dict) and not one.get("children")), None
        )
    messages: list[Record] = []
    for _ in range(len(mapping)):  # a circle ends here
        if not isinstance(node, dict):
            break
        if isinstance(message := node.get("message"), dict):
            messages.append(message)
        parent = node.get("parent")
        node = mapping.get(parent) if isinstance(parent, str) else None
    return messages[::-1]


def _text(content: Any) -> str:
    """What was written: parts that are no text, such as pictures, and thoughts are left out."""
    if not isinstance(content, dict):
        return ""
    if content.get("content_type") not in (None, "text", "multimodal_text", "code"):
        return ""
    parts = content.get("parts") or [content.get("text")]
    return "\n".join(part for part in parts if isinstance(part, str)) if isinstance(parts, list) else ""


def _memory(where: str, memory: Record) -> Imported:
    text = word(memory.get("content")) or word(memory.get("memory")) or word(memory.get("text")) or ""
    at = instant_of(memory.get("created_at") or memory.get("created_timestamp") or memory.get("updated_at"))
    return Imported(text, where, at, kind="fact")


FORMAT = Format("chatgpt", "ChatGPT's data export", recognises, read)
