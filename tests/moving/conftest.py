"""People whose memory is moved by command: one installation a module, a new person a test."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from auth_server.models import User
from auth_server.settings import Settings
from shared.database import open_engine, unit_of_work
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import stores_in
from tests.prepared_database import prepare_database

NUMBERS = count(1)
EDGES = """
    SELECT substr(source.text, 1, 20), relation, coalesce(substr(target.text, 1, 20), entities.name)
    FROM links JOIN memories AS source ON source.id = links.source
    LEFT JOIN memories AS target ON target.id = links.target LEFT JOIN entities ON entities.id = links.target
    WHERE retired_at IS NULL
"""


def unquoted(memory: dict[str, Any]) -> str:
    """The text, without the marks that lines of an untrusted one carry."""
    text: str = memory["text"]
    if not memory["untrusted"]:
        return text
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in text.split("\n"))


@dataclass(frozen=True)
class Person:
    """Somebody with an account; `run` and `refuse` are commands about their memory."""

    email: str
    id: str
    data_dir: Path

    def run(self, *arguments: str) -> str:
        """What `ostiary memory …` says."""
        return run("memory", *arguments, "--user", self.email)

    def refuse(self, *arguments: str) -> str:
        """The line of a command that must fail."""
        return refuse("memory", *arguments, "--user", self.email)

    def imports(self, path: Path, *options: str) -> dict[str, Any]:
        """The report on this person of an import that must succeed."""
        answer = json.loads(self.run("import", str(path), "--json", *options))
        report: dict[str, Any] = answer["accounts"][self.email]
        return report | {"source": answer["source"]}

    def memories(self) -> list[dict[str, Any]]:
        """Everything, newest first."""
        found: list[dict[str, Any]] = []
        cursor: tuple[str, ...] = ()
        while True:
            page = json.loads(self.run("list", "--json", "--limit", "50", *cursor))
            found += [memory | {"text": unquoted(memory)} for memory in page["memories"]]
            if page["next_cursor"] is None:
                return found
            cursor = ("--cursor", page["next_cursor"])

    def texts(self) -> list[str]:
        """What they say, in order of time."""
        return [memory["text"] for memory in reversed(self.memories())]

    def edges(self) -> set[tuple[str, str, str]]:
        """What stands in the graph: beginnings of texts, relations, and beginnings of texts or names of entities."""
        with stores_in(self.data_dir) as stores:
            rows = stores.vault_of(self.id).read(lambda connection: connection.execute(EDGES).fetchall())
        return {(source, relation, target) for source, relation, target in rows}

    @property
    def vault(self) -> Path:
        """The file, whether it is there or not."""
        return self.data_dir / "vaults" / f"{self.id}.db"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder that commands use."""
    folder = tmp_path_factory.mktemp("moving")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("OSTIARY_DATA_DIR", str(folder / "data"))
        patch.setenv("OSTIARY_RESOURCE_EMBEDDER", "none")
        prepare_database(Settings())
        with stores_in(folder / "data"):
            yield folder / "data"


def new_person(data_dir: Path) -> Person:
    """An account without a vault."""
    engine = open_engine(f"sqlite:///{data_dir / 'auth.db'}")
    with unit_of_work(engine) as session:
        user = User(email=f"person{next(NUMBERS)}@example.org")
        session.add(user)
    engine.dispose()
    return Person(user.email, user.id, data_dir)


@pytest.fixture
def person(data_dir: Path) -> Person:
    """Somebody who has remembered nothing yet."""
    return new_person(data_dir)


@pytest.fixture
def other(data_dir: Path) -> Person:
    """Somebody else."""
    return new_person(data_dir)
