"""`ostiary` inside the test's process: the same commands as in a terminal, without the start of a process."""

from pathlib import Path

from sqlmodel import select
from typer.testing import CliRunner

from cli.main import app
from shared.database import open_engine, unit_of_work


def run(*arguments: str, given: str | None = None) -> str:
    """What a command says that must succeed."""
    done = CliRunner().invoke(app, arguments, input=given)
    assert done.exit_code == 0, done.output
    return done.output


def refuse(*arguments: str, given: str | None = None) -> str:
    """The line of a command that must fail."""
    done = CliRunner().invoke(app, arguments, input=given)
    assert done.exit_code == 2, done.output
    [line] = done.stderr.splitlines()
    return line


def all_of(kind: type, data_dir: Path) -> list:
    """Every row of a table."""
    engine = open_engine(f"sqlite:///{data_dir / 'auth.db'}")
    with unit_of_work(engine, read_only=True) as session:
        rows = list(session.exec(select(kind)))
    engine.dispose()
    return rows
