"""Writes many events into an audit log: `python -m tests.admin.audit_writer DATABASE COUNT`."""

import sys

from auth_server.audit_log.audit import AuditKind, record
from shared.database import open_engine, unit_of_work


def write_many(file: str, count: int) -> None:
    """Each in a transaction of its own."""
    engine = open_engine(f"sqlite:///{file}")
    for number in range(count):
        with unit_of_work(engine) as session:
            record(session, AuditKind.SIGNED_IN, number=number)
    engine.dispose()


if __name__ == "__main__":
    write_many(sys.argv[1], int(sys.argv[2]))
