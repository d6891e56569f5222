"""The capability bits of a session id."""

from hypothesis import given
from hypothesis import strategies as st

from resource_server.transport.capabilities import KNOWN, pack, unpack


@given(st.integers(min_value=0, max_value=2 ** len(KNOWN) - 1))
def test_what_was_unpacked_packs_to_bits_that_say_the_same(bits: int) -> None:
    assert unpack(pack(unpack(bits))) == unpack(bits)


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_nothing_a_client_says_of_itself_breaks_it(capabilities: object) -> None:
    """A client may declare anything; what is not known is forgotten."""
    assert unpack(pack(capabilities)) is not None


def test_an_older_clients_capabilities_survive() -> None:
    said = {"roots": {"listChanged": True}, "sampling": {}, "elicitation": {"form": {}}, "experimental": {"x": {}}}
    assert unpack(pack(said)) == {"roots": {"listChanged": True}, "sampling": {}, "elicitation": {"form": {}}}
