"""The data folder and the identity of the installation that owns it."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from shared.clock import now
from shared.ids import new_id

FILE_NAME = "installation.json"


@dataclass(frozen=True)
class Installation:
    """`id` is `ins_…`; `short_id` is part of cookie names, so two installations on one host do not share them."""

    id: str
    data_dir: Path

    @property
    def short_id(self) -> str:
        """The last eight characters of the id, which are random."""
        return self.id[-8:]


def is_installation(data_dir: Path) -> bool:
    """Whether somebody has started in this folder before."""
    return (data_dir / FILE_NAME).exists()


def open_installation(data_dir: Path) -> Installation:
    """The installation in `data_dir`, made on first use; two processes that start at once agree on one."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data_dir / FILE_NAME
    if not path.exists():
        _create(path)
    return Installation(id=json.loads(path.read_text())["installation_id"], data_dir=data_dir)


def _create(path: Path) -> None:
    draft = path.with_name(f".{FILE_NAME}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps({"installation_id": new_id("ins"), "created_at": now().isoformat()}) + "\n")
    try:
        os.link(draft, path)  # fails when another process was first, and is never half written
    except FileExistsError:
        pass
    finally:
        draft.unlink()
