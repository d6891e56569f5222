"""How a tool changed since it was accepted: the parts that a model reads, line by line."""

import difflib
import json

from resource_server.gateway.digests import read_by_models
from resource_server.gateway.listing import Definition


def difference(name: str, before: Definition, now: Definition) -> list[str]:
    """Lines of a unified diff; signs that a terminal or a page would act on are written out."""
    sides = f"{name}, as it was accepted", f"{name}, as it is now"
    return list(difflib.unified_diff(_lines(before), _lines(now), *sides, lineterm=""))


def _lines(tool: Definition) -> list[str]:
    return json.dumps(read_by_models(tool), indent=2, sort_keys=True).splitlines()
