"""JSON inside a field of another format."""

import json
from typing import Any


def decoded(value: Any) -> Any:
    """What the text says as JSON; what is no JSON stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
