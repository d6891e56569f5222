"""Exports of assistants, small and whole: conversations as ChatGPT, Claude and MemoryOS write them."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile


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


def chatgpt_zip(folder: Path) -> Path:
    """The archive: newer exports cut the conversations into numbered files."""
    path = folder / "chatgpt.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("chat.html", "<html></html>")
        archive.writestr("user.json", json.dumps({"id": "user-1", "email": "ada@example.org"}))
        for number in (1, 2):
            name = f"conversations-{number - 1:03}.json"
            archive.writestr(name, json.dumps([chatgpt_conversation(number)]))
        memories = [{"id": "m1", "content": "Prefers trains to planes", "updated_at": "2025-02-03T04:05:06Z"}]
        archive.writestr("memories.json", json.dumps({"memories": memories}))
    return path


def claude_zip(folder: Path) -> Path:
    """A conversation with a thought and a tool in it, a project with a document, and memories."""
    at = "2025-03-04T05:06:07.123456Z"
    messages = [
        {
            "uuid": "m1",
            "sender": "human",
            "text": "How do I brew coffee?",
            "content": [{"type": "text", "text": "How do I brew coffee?"}],
            "created_at": at,
            "attachments": [{"file_name": "beans.txt", "file_size": 3, "extracted_content": "…"}],
            "files": [],
        },
        {
            "uuid": "m2",
            "sender": "assistant",
            "text": "",
            "content": [
                {"type": "thinking", "thinking": "a secret thought"},
                {"type": "tool_use", "name": "search", "input": {}},
                {"type": "text", "text": "With water at 94 degrees."},
            ],
            "created_at": at,
            "attachments": [],
            "files": [],
        },
    ]
    conversation = {
        "uuid": "c1",
        "name": "Coffee",
        "created_at": at,
        "account": {"uuid": "a1"},
        "chat_messages": messages,
    }
    project = {
        "uuid": "p1",
        "name": "Roastery",
        "description": "A shop for coffee",
        "prompt_template": "Answer briefly",
        "created_at": at,
        "docs": [{"uuid": "d1", "filename": "plan.md", "content": "Open in May", "created_at": at}],
    }
    memories = {"conversations_memory": "Ada roasts coffee", "project_memories": {"p1": "Opening is in May"}}
    path = folder / "data-2025-03-05.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("users.json", json.dumps([{"uuid": "a1", "email_address": "ada@example.org"}]))
        archive.writestr("conversations.json", json.dumps([conversation]))
        archive.writestr("projects.json", json.dumps([project]))
        archive.writestr("memories.json", json.dumps([memories]))
    return path


def memoryos(folder: Path) -> Path:
    """A data folder with two users and an assistant."""
    top = folder / "memoryos_data"
    for user in ("alice", "bob"):
        home = top / "users" / user
        home.mkdir(parents=True)
        page = {"user_input": f"I am {user}", "agent_response": "Hello!", "timestamp": "2025-05-06 07:08:09"}
        (home / "short_term.json").write_text(json.dumps([page], indent=2))
        details = [{**page, "user_input": f"{user} likes tea", "page_id": f"page_{user}", "page_embedding": [0.1] * 8}]
        segment = {
            "id": "session_1",
            "summary": f"{user} and tea",
            "summary_keywords": ["tea"],
            "summary_embedding": [0.2] * 8,
            "details": details,
            "L_interaction": 1,
            "N_visit": 2,
            "H_segment": 3.5,
            "timestamp": "2025-05-06 08:00:00",
        }
        (home / "mid_term.json").write_text(json.dumps({"sessions": {"session_1": segment}, "access_frequency": {}}))
        long_term = {
            "user_profiles": {user: {"data": f"{user} is calm", "last_updated": "2025-05-07 00:00:00"}},
            "knowledge_base": [
                {
                    "knowledge": f"{user} lives in Ghent",
                    "timestamp": "2025-05-07 00:00:00",
                    "knowledge_embedding": [0.3],
                },
                {"knowledge": "- None.", "timestamp": "2025-05-07 00:00:00"},
            ],
            "assistant_knowledge": [],
        }
        (home / "long_term_user.json").write_text(json.dumps(long_term))
    assistant = top / "assistants" / "memoryos_assistant"
    assistant.mkdir(parents=True)
    knowledge = [{"knowledge": "The assistant is patient", "timestamp": "2025-05-07 00:00:00"}]
    empty = {"user_profiles": {}, "knowledge_base": [], "assistant_knowledge": knowledge}
    (assistant / "long_term_assistant.json").write_text(json.dumps(empty))
    return top
