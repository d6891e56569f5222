"""What this installation is to an authorization server: entered by hand, a document, or registered, in this order."""

import asyncio

import pytest

from resource_server.gateway.http_clients import HttpClients
from resource_server.gateway.oauth.client_document import DOCUMENT_PATH, can_be_read, client_document
from resource_server.gateway.oauth.errors import TokenRefusedError, UnusableServerError
from shared.safe_fetch import Network
from tests.gateway.fixture_server import fixture_app
from tests.gateway.oauth.conftest import Place
from tests.gateway.oauth.scripted_issuer import ScriptedIssuer, parameters
from tests.gateway.oauth.test_connected import said
from tests.servers import RunningServer


def test_a_registration_serves_everybody_at_the_same_issuer(place: Place) -> None:
    """RFC 7591 §3."""
    for who in ("ada", "bob"):
        place.connect(place.owner().user_id, who)
    assert len(place.issuer.known_clients) == 1


def test_where_the_registration_is_not_known_any_more_the_next_try_registers_anew(place: Place) -> None:
    place.connect(place.owner().user_id)
    owner = place.owner()
    place.issuer.known_clients.clear()
    with pytest.raises(TokenRefusedError):
        place.connect(owner.user_id)
    place.connect(owner.user_id)
    assert said(owner) == "2"


def test_who_left_and_did_not_come_back_leaves_with_a_new_registration(place: Place) -> None:
    """An issuer that does not know the client any more shows its own page, and sends nobody back."""
    owner = place.owner()
    first, second = (parameters(place.begin(owner.user_id))["client_id"] for _ in range(2))
    assert first != second


def test_a_client_entered_by_hand_is_used_at_the_first_issuer_and_shown_to_no_other(place: Place) -> None:
    owner, issuer = place.owner(), place.issuer
    issuer.known_clients.add("by-hand")
    place.connecting.clients.enter(place.upstream.id, "by-hand", "very secret")
    place.connect(owner.user_id)
    assert said(owner) == "2"
    assert issuer.forms[-1]["client_id"] == "by-hand"
    assert issuer.forms[-1]["client_secret"] == "very secret"
    other = ScriptedIssuer(fixture_app())
    running = RunningServer(other.asgi(), other.port)
    issuer.resource = {"authorization_servers": [other.origin]}
    try:
        with pytest.raises(UnusableServerError, match="belongs to another"):
            place.begin(owner.user_id)
    finally:
        running.stop()


def test_an_issuer_that_lets_nobody_register_says_what_helps(place: Place) -> None:
    place.issuer.metadata = {"registration_endpoint": None}
    with pytest.raises(UnusableServerError, match="entered by hand"):
        place.begin(place.owner().user_id)


@pytest.mark.parametrize(
    ("origin", "address", "is_readable"),
    [
        ("https://ostiary.example", "93.184.215.14", True),
        ("https://ostiary.example", "10.0.0.1", False),
        ("http://ostiary.example", "93.184.215.14", False),
        ("https://127.0.0.1", "127.0.0.1", False),
    ],
)
def test_a_document_says_who_we_are_where_others_can_read_it(origin: str, address: str, is_readable: bool) -> None:
    """OAuth Client ID Metadata Document: https, and not in a private network."""

    async def resolve(_host: str, port: int) -> list[tuple[str, int]]:
        return [(address, port)]

    clients = HttpClients(network=Network(resolve=resolve))
    assert asyncio.run(can_be_read(origin, clients)) is is_readable
    assert client_document(origin)["client_id"] == f"{origin}{DOCUMENT_PATH}"
