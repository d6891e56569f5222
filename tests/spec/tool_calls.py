"""One call of every tool that it answers without a refusal."""

from typing import Any

import mcp_types

from tests.resource_server.tool_callers import App
from tests.spec.served_tools import Schema

CALLS: dict[str, Schema] = {
    "add_memory": {"user_input": "I like bees.", "agent_response": "Noted."},
    "document_add": {"title": "Bees", "content": "# Hives"},
    "document_delete": {"document_id": "DOCUMENT"},
    "document_list": {"limit": 1},
    "document_read": {"document_id": "DOCUMENT"},
    "fetch": {"id": "ID"},
    "get_user_profile": {},
    "graph_link": {"source": "bees", "relation": "kept_by", "target": "Grace", "valid_from": "2026-01-01"},
    "graph_query": {"node": "bees", "depth": 2, "at": "now"},
    "graph_topics": {"since": "2026-01-01", "limit": 3},
    "memory_delete": {"id": "ID"},
    "memory_feedback": {"id": "ID", "label": "useful"},
    "memory_delete_many": {"kinds": ["note"]},
    "memory_diff": {"since": "2026-01-01T00:00:00Z"},
    "memory_history": {"key": "bees"},
    "memory_ledger": {"action": "write"},
    "telemetry_cost": {"price": 3.0},
    "telemetry_stats": {"by": "app"},
    "memory_list": {"limit": 1},
    "memory_recall": {"key": "bees"},
    "memory_related": {"memory": "bees"},
    "memory_restore": {"id": "ID"},
    "memory_rollback": {"app": "Claude", "since": "2026-01-01"},
    "memory_search": {"query": "bees"},
    "memory_stats": {},
    "memory_store": {"text": "again", "ttl_seconds": 60, "metadata": {"deep": [{"er": None}]}},
    "memory_timeline": {"time_range": "last_24h"},
    "memory_trash": {"limit": 1},
    "memory_update": {"id": "ID", "tags": ["b"]},
    "retrieve_memory": {"query": "bees"},
    "search": {"query": "bees"},
    "server_status": {},
    "tools_pin": {"names": ["fix__add"], "pinned": False},
    "tools_search": {"query": "find what was saved"},
}


def arguments_for(app: App, tool: mcp_types.Tool, **extras: Any) -> Schema:
    """Those of CALLS, for what is now there: two memories and a document."""
    saved = app.call("memory_store", text="Grace keeps bees.", key="bees", **extras)
    app.call("memory_store", text="And a goat.")
    document = app.call("document_add", title="Bee guide", content="Bees live in hives.")
    if tool.name in ("memory_restore", "memory_trash"):
        app.call("memory_delete", id=saved["id"])
    ids = {"ID": saved["id"], "DOCUMENT": document["id"]}
    return {name: ids.get(str(value), value) for name, value in CALLS[tool.name].items()}
