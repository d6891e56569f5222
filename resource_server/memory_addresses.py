"""Where a memory lies for people: an address that never changes, to be cited and kept."""

from dataclasses import dataclass

PATH = "/memories/"


@dataclass(frozen=True)
class MemoryAddresses:
    """Addresses on the origin of /mcp. An address says which memory is meant; it opens nothing."""

    origin: str

    def of(self, memory_id: str) -> str:
        """The address of one memory."""
        return f"{self.origin}{PATH}{memory_id}"

    def id_in(self, text: str) -> str:
        """The id an address of ours ends with; any other text is taken for an id."""
        return text.strip().removeprefix(f"{self.origin}{PATH}")
