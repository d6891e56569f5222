"""What a call asks, set down before its tool runs: the part of a ledger entry that no vault could know by itself."""

from dataclasses import dataclass, field


@dataclass
class Asked:
    """The question of one call, and the namespaces it was put to; `*` is all of them.

    A write marks here that it happened, whether its entry stands in the person's own vault, and in which shared
    namespaces it wrote `elsewhere`: those the own ledger has to be told.
    """

    question: str = field(default="", repr=False)
    namespaces: tuple[str, ...] = ()
    only_reads: bool = False
    has_written: bool = False
    is_recorded: bool = False
    elsewhere: tuple[str, ...] = ()

    def wrote_elsewhere(self, namespace: str) -> None:
        """The call wrote to a namespace that is shared."""
        self.has_written = True
        self.elsewhere = tuple(dict.fromkeys((*self.elsewhere, namespace)))
