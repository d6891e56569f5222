"""A body that is read quickly, for it is as it would be written here, says what the strict reading finds in it."""

import json
from collections.abc import Callable
from math import copysign
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from resource_server.transport.messages import MalformedMessageError, _as_we_write_it, _strictly, parse_object

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(10**400), 10**400), st.floats(), st.text(max_size=20))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
WRITERS: tuple[Callable[[Any], bytes], ...] = (
    to_json,
    lambda value: json.dumps(value, separators=(",", ":")).encode(),
    lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"),
)
STRANGE = st.sampled_from([
    *(b"", b" ", b"\n", b"\0", b"-", b"0", b"1", b".", b"e9", b"E5", b"1e400", b"NaN", b"Infinity", b"-0", b","),
    *(b'"', b"\\", b"\\u0061", b"\\ud800", b"\xed\xa0\x80", b"\xff", b"\xef\xbb\xbf", b"{", b"[", b'"a":1,', b"null"),
])  # fmt: skip
CHANGES = st.lists(st.tuples(st.integers(0, 200), STRANGE, st.integers(0, 2)), max_size=2)
QUICK = settings(max_examples=200, deadline=None, derandomize=True)


def changed(body: bytes, changes: list[tuple[int, bytes, int]]) -> bytes:
    """With something put in or left out."""
    for place, put_in, left_out in changes:
        at = place % (len(body) + 1)
        body = body[:at] + put_in + body[at + left_out :]
    return body


def is_same(one: object, other: object) -> bool:
    """Not only equal: `1`, `1.0` and `true` are three things, and so are a zero and its opposite."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(is_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == other and copysign(1, one) == copysign(1, other)
    return one == other


@QUICK
@given(VALUES, st.sampled_from(WRITERS), CHANGES)
def test_what_is_read_quickly_is_what_is_read_strictly(
    value: object, write: Callable[[Any], bytes], changes: list[tuple[int, bytes, int]]
) -> None:
    body = changed(write(value), changes)
    quickly = _as_we_write_it(body)
    if quickly is not None:
        assert is_same(quickly, _strictly(body))


@QUICK
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), CHANGES)
def test_what_is_taken_is_passed_on_as_it_was_read(
    value: dict[str, object], changes: list[tuple[int, bytes, int]]
) -> None:
    """No second reading of it, by whoever gets it, finds anything else."""
    try:
        taken = parse_object(changed(to_json(value), changes))
        passed_on = to_json(taken)
    except (MalformedMessageError, ValueError):
        return
    assert is_same(json.loads(passed_on), taken)
