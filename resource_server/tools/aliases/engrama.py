"""Engrama's tools: their arguments come inside one called `params`, or bare."""

from typing import Any

from resource_server.tools.aliases.alias import Alias, Arguments, Translation


def _within_params(translate: Translation) -> Translation:
    def unwrapped(given: Arguments) -> Arguments:
        inner = given.get("params", given)
        return translate(inner if isinstance(inner, dict) else given)

    return unwrapped


def _taken(**names: str) -> Translation:
    """What has a counterpart here, under its name here; the rest shapes answers that have one shape here."""
    return lambda given: {names[name]: value for name, value in given.items() if name in names}


def _remember(given: Arguments) -> Arguments:
    """A node is a memory with the node's name as its key, its label as its kind of tag."""
    properties = given.get("properties")
    if not isinstance(properties, dict):
        return given
    name = properties.get("name") or properties.get("title")
    told = [f"{key}: {value}" for key, value in properties.items() if key not in ("name", "title", "tags")]
    label: Any = given.get("label")
    text = "\n".join([str(name)] * bool(name) + told)
    return {"key": name, "text": text, "tags": [label] if label else [], "metadata": {"label": label, **properties}}


NODE = {"label": "What kind of thing it is.", "properties": "metadata"}


def _alias(tool: str, **names: str) -> Alias:
    return Alias(tool, _within_params(_taken(**names)), names, keeps_others=False)


ALIASES = {
    "engrama_context": _alias("graph_query", name="node", hops="depth"),
    "engrama_ingest": _alias("document_add", content="content", title="title", source="origin"),
    "engrama_relate": _alias(
        "graph_link",
        from_name="source",
        from_label="source_type",
        rel_type="relation",
        to_name="target",
        to_label="target_type",
    ),
    "engrama_remember": Alias("memory_store", _within_params(_remember), NODE, keeps_others=False),
    "engrama_search": _alias("memory_search", query="query", limit="limit"),
    "engrama_status": _alias("server_status"),
}
