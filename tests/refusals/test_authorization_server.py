"""Every way a connection fails at the authorization server explains itself, on the page or the wire and in the log."""

import pytest

from tests.auth_harness import AuthHarness
from tests.document_host import DocumentHost
from tests.refusals import (
    answering_pages,
    asking_the_person,
    getting_tokens,
    on_devices,
    on_the_way_in,
    proving_oneself,
    refreshing,
    signing_in_elsewhere,
)
from tests.refusals.place import Place
from tests.refusals.ways import Way, assert_explained

WAYS = (
    *on_the_way_in.WAYS,
    *asking_the_person.WAYS,
    *answering_pages.WAYS,
    *getting_tokens.WAYS,
    *refreshing.WAYS,
    *signing_in_elsewhere.WAYS,
    *proving_oneself.WAYS,
    *on_devices.WAYS,
)


@pytest.fixture
def place(reader: AuthHarness, web: DocumentHost) -> Place:
    """One server for all, its limits forgotten before each."""
    return Place(reader, web)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_refused_connection_says_what_to_change_and_one_line_names_the_step(way: Way, place: Place) -> None:
    """RFC 6749 §4.1.2.1, §5.2; AS-1, AS-48, AS-49."""
    assert_explained(way, place)
