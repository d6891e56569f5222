"""Feedback: what apps found of use weighs in ranking, one voice an app, whatever it repeats.

In a shared namespace each member's app has its own. The sum lies in memory_use.useful, between -MOST and MOST. What
somebody calls outdated loses importance, once an app, as an event that can be undone; nothing is deleted by it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from resource_server.memory import writing
from resource_server.memory.records import Memory, Signed
from resource_server.memory.rows import microseconds
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.writing import EventKind
from shared.authorization_details import NamespaceSet
from shared.clock import now

MOST = 3.0
LOSS = 0.5
LEAST_IMPORTANCE = 0.05


class Label(StrEnum):
    """What an app may say of a memory."""

    USEFUL = "useful"
    IRRELEVANT = "irrelevant"
    OUTDATED = "outdated"


VOICE = {Label.USEFUL: 1.0, Label.IRRELEVANT: -1.0, Label.OUTDATED: -1.0}
ROW = "SELECT row FROM memories WHERE id = ?"
WAS_OUTDATED = "SELECT 1 FROM feedback WHERE row = ? AND client_id = ? AND outdated"
SAY = """
    INSERT INTO feedback VALUES (:row, :client_id, :label, :at, :outdated) ON CONFLICT (row, client_id)
    DO UPDATE SET label = :label, at = :at, outdated = max(outdated, :outdated)
"""
WEIGH = """
    INSERT INTO memory_use (row, useful) VALUES (:row, :useful) ON CONFLICT (row) DO UPDATE SET useful = :useful
"""


@dataclass(frozen=True)
class Judged:
    """The memory after the judgement, and what apps together say of it."""

    memory: Memory
    useful: float


@dataclass(frozen=True)
class Feedback:
    """What apps say of one person's memories."""

    vault: VaultAccess

    def give(self, memory_id: str, label: Label, namespaces: NamespaceSet, signed: Signed) -> Judged | None:
        """Keeps the app's last word on a live memory; None where there is none with this id."""

        def work(connection: Connection) -> Judged | None:
            memory = writing.live(connection, memory_id, namespaces)
            if memory is None:
                return None
            row = connection.execute(ROW, (memory_id,)).fetchone()[0]
            loses = _loses_importance(connection, row, label, signed.author.hand)
            _say(connection, row, label, signed.author.hand)
            useful = _weighed(connection, row)
            if loses:
                memory = replace(memory, importance=max(LEAST_IMPORTANCE, memory.importance * LOSS))
                writing.mark(connection, memory, EventKind.OUTDATED, signed.author)
            return Judged(memory, useful)

        return self.vault.written(signed, work)


def _loses_importance(connection: Connection, row: int, label: Label, hand: str) -> bool:
    return label == Label.OUTDATED and connection.execute(WAS_OUTDATED, (row, hand)).fetchone() is None


def _say(connection: Connection, row: int, label: Label, hand: str) -> None:
    said = {"row": row, "client_id": hand, "label": label.value, "at": microseconds(now())}
    connection.execute(SAY, said | {"outdated": label == Label.OUTDATED})


def _weighed(connection: Connection, row: int) -> float:
    voices = connection.execute("SELECT label FROM feedback WHERE row = ?", (row,)).fetchall()
    useful = max(-MOST, min(MOST, sum(VOICE[Label(label)] for (label,) in voices)))
    connection.execute(WEIGH, {"row": row, "useful": useful})
    return useful
