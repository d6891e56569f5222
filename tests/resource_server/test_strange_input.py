"""Whatever arrives at the gate is either understood or refused: no input is an accident (AS-16, AS-114, AS-121)."""

import json

from hypothesis import given
from hypothesis import strategies as st

from resource_server.authorization.credentials import bearer_token
from resource_server.authorization.errors import InvalidTokenError, MissingCredentialsError
from resource_server.transport.accept import Reads, readable
from resource_server.transport.messages import MAX_DEPTH, IncomingMessage, MalformedMessageError, parse_message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def parsed(body: bytes) -> IncomingMessage | None:
    """The message, or None where it is refused."""
    try:
        return parse_message(body)
    except MalformedMessageError:
        return None


@given(st.binary())
def test_any_bytes_are_a_message_or_malformed(body: bytes) -> None:
    message = parsed(body)
    assert message is None or isinstance(message.content, dict)


@given(JSON)
def test_what_is_judged_is_what_is_handed_on(content: object) -> None:
    """The bytes for the SDK read as exactly what was judged."""
    message = parsed(json.dumps(content).encode())
    assert message is None or json.loads(message.encoded) == message.content


@given(st.dictionaries(st.sampled_from(["id", "method", "params", "jsonrpc"]), JSON))
def test_members_of_any_type_can_be_asked_for(content: dict[str, object]) -> None:
    message = parsed(json.dumps(content).encode())
    if message is not None:
        assert message.called_tool is None or message.method == "tools/call"
        assert isinstance(message.meta, dict)
        assert message.id is None or isinstance(message.id, str | int)


def test_the_deepest_message_that_is_taken() -> None:
    """AS-114: one level more is refused."""

    def nested(levels: int) -> bytes:
        return b'{"a":' * levels + b"1" + b"}" * levels

    assert parsed(nested(MAX_DEPTH - 1)) is not None
    assert parsed(nested(MAX_DEPTH + 1)) is None


@given(st.text(st.characters(max_codepoint=255)), st.binary())
def test_any_credential_is_a_token_or_refused(header: str, query: bytes) -> None:
    scope = {"type": "http", "query_string": query, "headers": [(b"authorization", header.encode("latin-1"))]}
    try:
        token = bearer_token(scope)
    except (InvalidTokenError, MissingCredentialsError):
        return
    assert token.isascii()
    assert " " not in token


@given(st.text())
def test_any_accept_header_has_a_meaning(accept: str) -> None:
    assert readable(accept) in Reads
