"""People at the pages: `ada` keeps everybody's servers, `bea` looks at hers; and servers behind the gateway."""

from collections.abc import Iterator

import pytest

from tests.doors import Doors
from tests.gateway.conftest import behind, commands, upstream_url  # noqa: F401 (fixtures)
from tests.gateway.oauth.conftest import issuer, place  # noqa: F401 (fixtures)
from tests.single_port_doors import SinglePortDoors
from tests.web.browsing import Visitor, new_visitor


@pytest.fixture
def ada(doors: Doors) -> Iterator[Visitor]:
    """An administrator."""
    visitor = new_visitor(doors, is_admin=True)
    yield visitor
    visitor.http.close()


@pytest.fixture
def bea(doors: Doors) -> Iterator[Visitor]:
    """Somebody who is none."""
    visitor = new_visitor(doors)
    yield visitor
    visitor.http.close()


@pytest.fixture
def cleo(public_port: SinglePortDoors) -> Iterator[Visitor]:
    """An administrator where one public port serves everything, with https."""
    visitor = new_visitor(public_port, is_admin=True)
    yield visitor
    visitor.http.close()
