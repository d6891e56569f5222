"""All other names of tools, by the system that had them."""

from collections.abc import Iterable, Mapping

from resource_server.earlier_systems import EarlierSystem
from resource_server.tools.aliases import engrama, kagura
from resource_server.tools.aliases.alias import Alias

BY_SYSTEM: Mapping[EarlierSystem, Mapping[str, Alias]] = {
    EarlierSystem.KAGURA: kagura.ALIASES,
    EarlierSystem.ENGRAMA: engrama.ALIASES,
}
ALIASES: Mapping[str, Alias] = {name: alias for names in BY_SYSTEM.values() for name, alias in names.items()}


def names_of(systems: Iterable[EarlierSystem]) -> frozenset[str]:
    """The names to list for these systems."""
    return frozenset(name for system in systems for name in BY_SYSTEM[system])
