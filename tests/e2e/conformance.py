"""The MCP conformance suite as a command, and what its result files say."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

BIN = Path(__file__).parent.parent.parent / ".tools" / "node_modules" / ".bin"
ROLE = re.compile(r"^(server|authorization-server)-(?=.)")
TIMESTAMP = re.compile(r"-\d{4}-\d\d-\d\dT.*$")

Checks = dict[str, list[dict[str, Any]]]


def start_suite(*arguments: str) -> subprocess.Popen[str]:
    """`conformance …`, which needs the Node of its own folder."""
    assert (BIN / "conformance").exists(), "the conformance suite is not installed: run `make test` once"
    return subprocess.Popen(
        [BIN / "conformance", *arguments],
        env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def results(folder: Path) -> Checks:
    """The checks of each scenario that left a result in `folder`, by the scenario's name."""
    found: Checks = {}
    for file in folder.glob("*/checks.json"):
        name = ROLE.sub("", TIMESTAMP.sub("", file.parent.name))
        found[name] = json.loads(file.read_text())
    return found


def with_status(checks: list[dict[str, Any]], status: str) -> dict[str, str]:
    """Ids and messages of the checks that ended so."""
    return {check["id"]: str(check.get("errorMessage", "")) for check in checks if check["status"] == status}
