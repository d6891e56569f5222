"""Which personas got through what: said like sightings of real clients, and never mixed with them."""

from typing import Protocol

import pytest

from tests.clients.seen import Flow
from tests.personas.backend import Habits, Known


class Played(Protocol):
    """The fixture `played`."""

    def __call__(self, habits: Habits, known: Known, *flows: Flow) -> None:
        """The persona got through these flows, known to the server in this way."""


@pytest.fixture
def played(request: pytest.FixtureRequest) -> Played:
    """Remembers it with the test's result."""

    def remember(habits: Habits, known: Known, *flows: Flow) -> None:
        test = request.node.nodeid.partition("[")[0].partition("@")[0]
        request.node.user_properties.append(
            (
                "persona played",
                [habits.name, habits.protocol, known.identity.value, [flow.value for flow in flows], test],
            )
        )

    return remember
