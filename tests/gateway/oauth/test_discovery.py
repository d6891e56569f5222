"""From a server that refuses to the authorization server: what is published there is judged before anybody goes."""

import gzip
from typing import Any

import pytest
from starlette.responses import Response

from resource_server.gateway.oauth.challenges import Challenge, bearer_challenge
from resource_server.gateway.oauth.errors import NotProtectedError, UnusableServerError
from tests.gateway.conftest import Behind
from tests.gateway.oauth.conftest import Place
from tests.servers import RunningServer, free_port


@pytest.mark.parametrize(
    ("published", "because"),
    [
        ({"issuer": "http://127.0.0.1:1"}, "another issuer"),
        ({"issuer": "{origin}/"}, "another issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "not sound"),
        ({"authorization_endpoint": "data:text/html,x"}, "not sound"),
        ({"authorization_endpoint": "http://claude.ai@127.0.0.1/authorize"}, "no browser"),
        ({"authorization_endpoint": "http://evil.example/authorize"}, "without TLS"),
        ({"authorization_endpoint": "https://10.0.0.1/authorize"}, "public internet"),
        ({"token_endpoint": "https://169.254.169.254/latest"}, "public internet"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"code_challenge_methods_supported": None}, "PKCE"),
    ],
)
def test_an_authorization_server_that_cannot_be_trusted_is_not_used(
    place: Place, published: dict[str, Any], because: str
) -> None:
    """AS-103, AS-100, RFC 8414 §3.3, and MCP: PKCE that is not announced is refused."""
    place.issuer.metadata = {
        name: value.format(origin=place.issuer.origin) if isinstance(value, str) else value
        for name, value in published.items()
    }
    with pytest.raises(UnusableServerError, match=because):
        place.look()


@pytest.mark.parametrize(
    "published",
    [
        {"resource": "https://other.example/mcp"},
        {"resource": "{origin}/mcp/deeper"},
        {"authorization_servers": ["https://10.0.0.1"]},
        {"authorization_servers": ["https://[::ffff:10.0.0.1]"]},
    ],
)
def test_metadata_of_another_resource_or_with_a_private_issuer_is_not_used(
    place: Place, published: dict[str, Any]
) -> None:
    """RFC 9728 §3.3, AS-100."""
    place.issuer.resource = {
        name: value.format(origin=place.issuer.origin) if isinstance(value, str) else value
        for name, value in published.items()
    }
    with pytest.raises(UnusableServerError):
        place.look()


def test_metadata_that_the_challenge_names_at_a_private_address_is_not_fetched(place: Place) -> None:
    """AS-100."""
    place.issuer.challenge = 'Bearer resource_metadata="http://169.254.169.254/latest/meta-data"'
    with pytest.raises(UnusableServerError):
        place.look()


def test_what_is_no_address_is_not_asked(place: Place) -> None:
    """AS-103: it is said to the person, whatever the server or its issuer wrote."""
    place.issuer.challenge = 'Bearer resource_metadata="https://127.0.0.1:0x50/"'
    with pytest.raises(UnusableServerError, match="none"):
        place.look()
    place.issuer.challenge = ""
    place.issuer.metadata = {"registration_endpoint": "https://a\nb.example/"}
    with pytest.raises(UnusableServerError, match="none"):
        place.begin("nobody")


def test_metadata_that_comes_packed_is_not_unpacked(place: Place) -> None:
    """What is small on the way may fill the memory here."""
    port = free_port()
    packed = Response(gzip.compress(b" " * 10_000_000), headers={"content-encoding": "gzip"})
    running = RunningServer(packed, port)
    place.issuer.challenge = f'Bearer resource_metadata="http://127.0.0.1:{port}/"'
    try:
        with pytest.raises(UnusableServerError, match="packs"):
            place.look()
    finally:
        running.stop()


def test_without_scopes_in_the_challenge_those_of_the_metadata_are_asked_for(place: Place) -> None:
    place.issuer.challenge = "Bearer"
    assert place.look().scopes == ("all",)
    place.issuer.metadata = {"scopes_supported": ["all", "admin", "offline_access"]}
    assert place.look().scopes == ("all", "offline_access")


def test_a_server_without_oauth_is_not_taken_for_one_with_it(place: Place, behind: Behind, upstream_url: str) -> None:
    open_server = behind.http("open", upstream_url)
    place.issuer.metadata = {}
    with pytest.raises(NotProtectedError):
        Place(place.issuer, behind, place.doors, open_server, place.connecting).look()


@pytest.mark.parametrize(
    ("field", "challenge"),
    [
        ('Bearer scope="a b", error="insufficient_scope"', Challenge("insufficient_scope", "a b")),
        ('Basic realm="x", Bearer resource_metadata="https://h/p"', Challenge("", "", "https://h/p")),
        ('Bearer error_description="scope=evil, resource_metadata=https://e", scope=a', Challenge("", "a")),
        ('Bearer error_description="say \\"scope=x\\"", scope="b"', Challenge("", "b")),
        ("bearer", Challenge()),
        ('Bearer realm="x", Basic scope="y"', Challenge()),
        ('Basic realm="bearer"', None),
        ("", None),
        (',,, ="', None),
    ],
)
def test_a_challenge_is_read_as_its_grammar_says(field: str, challenge: Challenge | None) -> None:
    """RFC 6750 §3, RFC 9110 §11.6.1."""
    assert bearer_challenge(field) == challenge
