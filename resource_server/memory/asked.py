"""What a call asks, set down before its tool runs: the part of a ledger entry that no vault could know by itself."""

from dataclasses import dataclass, field


@dataclass
class Asked:
    """The question of one call, and the namespaces it was put to; `*` is all of them.

    A write marks here that it happened, and whether its entry stands in the person's own vault.
    """

    question: str = field(default="", repr=False)
    namespaces: tuple[str, ...] = ()
    only_reads: bool = False
    has_written: bool = False
    is_recorded: bool = False
