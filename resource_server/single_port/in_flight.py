"""How many requests may be on their way to the authorization server at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from resource_server.single_port.errors import BusyError
from shared.networks import network_of

OF_ALL = 400
"""Each holds a connection to its client and one inside, so that these are 800 descriptors of 1,024."""

OF_ONE_NETWORK = 50
"""One stranger alone keeps nobody else out. A browser sends six at once, an app a few."""


class InFlight:
    """Counts for one process; networks that send nothing now are not remembered."""

    def __init__(self, of_all: int = OF_ALL, of_one_network: int = OF_ONE_NETWORK) -> None:
        self._most = of_all
        self._most_of_one = of_one_network
        self._by_network: Counter[str] = Counter()
        self._all = 0

    @contextmanager
    def one_more(self, address: str) -> Iterator[None]:
        """For as long as a request from there is on its way. Raises BusyError."""
        network = network_of(address)
        if self._all >= self._most or self._by_network[network] >= self._most_of_one:
            raise BusyError
        self._all += 1
        self._by_network[network] += 1
        try:
            yield
        finally:
            self._all -= 1
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]
