"""Keys that an empty variable asks for: made at the start, and shown on the console this once."""

import sys

from sqlalchemy import Engine
from sqlmodel import Session

from auth_server.keys.environment_keys import make_missing_keys
from auth_server.settings import Settings
from shared.database import unit_of_work


def generated_key_lines(session: Session, settings: Settings) -> list[str]:
    """What to print; the database keeps digests alone."""
    return [
        f"{variable} is empty, so a key was made for it. It is shown this once:\n\n  {secret}"
        for variable, secret in make_missing_keys(session, settings)
    ]


def show_generated_keys(engine: Engine, settings: Settings) -> None:
    """For a server that runs alone; `ostiary up` says it among its own lines."""
    with unit_of_work(engine) as session:
        lines = generated_key_lines(session, settings)
    for line in lines:
        sys.stdout.write(f"{line}\n\n")
    sys.stdout.flush()
