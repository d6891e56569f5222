"""Exports as other products write them: their structure, with words of our own."""

import json
from pathlib import Path
from typing import Any


def chatgpt_conversation(number: int = 1) -> dict[str, Any]:
    """A question that was edited: the first answer is on a branch that ChatGPT does not show."""

    def message(role: str, text: str, at: float, **more: Any) -> dict[str, Any]:
        content = {"content_type": "text", "parts": [text]}
        return {"id": text, "author": {"role": role}, "create_time": at, "content": content, "recipient": "all", **more}

    at = 1_714_550_000.5 + number * 1000
    mapping = {
        "root": {"id": "root", "message": None, "parent": None, "children": ["system"]},
        "system": {"message": message("system", "", at), "parent": "root", "children": ["a", "b"]},
        "a": {"message": message("user", "Where is Lisbn?", at), "parent": "system", "children": ["a1"]},
        "a1": {"message": message("assistant", "Do you mean Lisbon?", at + 1), "parent": "a", "children": []},
        "b": {
            "message": message("user", f"Where is Lisbon? ({number})", at + 2),
            "parent": "system",
            "children": ["t"],
        },
        "t": {
            "message": message("assistant", "search('Lisbon')", at + 3, recipient="browser"),
            "parent": "b",
            "children": ["b1"],
        },
        "b1": {"message": message("assistant", f"In Portugal. ({number})", at + 4), "parent": "t", "children": []},
    }
    return {
        "title": "Lisbon",
        "create_time": at,
        "update_time": at + 4,
        "mapping": mapping,
        "current_node": "b1",
        "conversation_id": f"conversation-{number}",
    }


def chatgpt(folder: Path, *, conversations: int = 1) -> Path:
    """conversations.json alone."""
    path = folder / "conversations.json"
    path.write_text(json.dumps([chatgpt_conversation(number) for number in range(1, conversations + 1)]))
    return path
