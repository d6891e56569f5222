"""Systems that Ostiary takes the place of, where a setting names them."""

from enum import StrEnum


class EarlierSystem(StrEnum):
    """One whose names for tools can be listed; MemoryOS' three names are names here too."""

    KAGURA = "kagura"
    ENGRAMA = "engrama"
