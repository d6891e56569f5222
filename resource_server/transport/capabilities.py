"""What a client said it can do, as bits of its session id: enough to greet it again in another process."""

from typing import Any

KNOWN = (
    ("roots",),
    ("roots", "listChanged"),
    ("sampling",),
    ("sampling", "context"),
    ("sampling", "tools"),
    ("elicitation",),
    ("elicitation", "form"),
    ("elicitation", "url"),
)
"""The order is part of every session id in use: append, never reorder."""


def pack(capabilities: dict[str, Any]) -> int:
    """The bits of the known capabilities; others are forgotten."""
    return sum(1 << bit for bit, path in enumerate(KNOWN) if _has(capabilities, path))


def unpack(bits: int) -> dict[str, Any]:
    """Capabilities as `initialize` carries them."""
    capabilities: dict[str, Any] = {}
    for bit, path in enumerate(KNOWN):
        if bits & 1 << bit:
            parent = capabilities.setdefault(path[0], {})
            if len(path) > 1:
                parent[path[1]] = True if path[1] == "listChanged" else {}
    return capabilities


def _has(node: object, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(node, dict) or node.get(name) in (None, False):
            return False
        node = node[name]
    return True
