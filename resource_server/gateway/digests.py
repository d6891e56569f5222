"""What a model reads of a tool, and its digest: another where anything of that is another."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

READ_BY_MODELS = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")


def digest_of(tool: Mapping[str, Any]) -> str:
    """SHA-256 over what a model reads, whatever the order of its parts."""
    text = json.dumps(read_by_models(tool), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_by_models(tool: Mapping[str, Any]) -> dict[str, object]:
    """The parts of a definition that decide what a model does."""
    return {name: tool[name] for name in READ_BY_MODELS if name in tool}
