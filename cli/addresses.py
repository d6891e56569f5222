"""The public addresses of the last `ostiary up`, so that commands beside it make links that lead there."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.options import set_environment
from shared.settings import SharedSettings

FILE_NAME = "addresses.json"


def remember_addresses(settings: SharedSettings) -> None:
    """They follow from options as well as from settings, and commands have neither."""
    addresses = {"OSTIARY_ISSUER": settings.issuer, "OSTIARY_MCP_URL": settings.mcp_url}
    path = settings.data_dir / FILE_NAME
    written = path.with_suffix(".new")
    written.write_text(json.dumps(addresses), encoding="utf-8")
    written.replace(path)


def recall_addresses(data_dir: Path) -> None:
    """Puts them where the settings read them; what somebody set stays."""
    for name, value in _read(data_dir / FILE_NAME).items():
        if name in ("OSTIARY_ISSUER", "OSTIARY_MCP_URL") and name not in os.environ:
            set_environment(**{name: value})


def _read(path: Path) -> Mapping[str, Any]:
    """Empty where no Ostiary was started by `up`, or where the file cannot be read: then the usual ones count."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
