"""OAuth Client ID Metadata Document (CIMD): a client whose id is the address of the document that describes it."""

from typing import Any

import pytest

from auth_server.models import Client
from tests.auth_harness import AuthHarness
from tests.document_clients import CLAUDE, DOCUMENTS, claiming, publish
from tests.document_host import DocumentHost

JWK = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}
WARNING = 'class="notice notice-warning"'


def row(auth: AuthHarness, client_id: str) -> Client | None:
    with auth.database() as session:
        return session.get(Client, client_id)


def test_a_document_leads_to_tokens(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-76, CIMD §4: no registration, one reading, and the whole flow."""
    claude = publish(document_host, CLAUDE)
    tokens = reading.tokens(claude)
    assert reading.introspect(tokens["access_token"])["client_id"] == CLAUDE
    assert reading.refresh(claude, tokens["refresh_token"]).status_code == 200
    assert document_host.count(CLAUDE) == 1


@pytest.mark.parametrize("client_id", DOCUMENTS)
def test_the_documents_of_well_known_apps_are_understood(
    reader: AuthHarness, web: DocumentHost, client_id: str
) -> None:
    """AS-76, CIMD §4.1: unknown members and grants are ignored, each app is asked about by its name."""
    page = reader.authorize(publish(web, client_id))
    assert page.status_code == 200
    assert f"Connect {DOCUMENTS[client_id]['client_name']}" in page.text


@pytest.mark.parametrize(
    "client_id",
    [
        "https://app.example",
        "https://app.example/",
        "https://app.example/?document=1",
        "https://me@app.example/client.json",
        "https://app.example:x/client.json",
        "https:///client.json",
        "https://app.example/client.json#top",
        "https://app.example/a/../client.json",
        "https://app.example/./client.json",
        "https://app.example/a/%2e%2E/client.json",
        "https://app.example/.%2e/client.json",
        "https://app.example\\client.json",
        "https://app.example/a\\b",
        "https://app.example/a%5cb",
        "https://app.example/a\x00b",
        "https://app.example/a%0ab",
        "https://app.example/a b",
        "https://äpp.example/client.json",
        "https://app.example./client.json",
        "https://0x7f.1/client.json",
        "https://app.example/" + "a" * 2000,
    ],
)
def test_an_id_that_can_be_read_in_two_ways_is_refused(reader: AuthHarness, web: DocumentHost, client_id: str) -> None:
    """AS-72, CIMD §3: https, a host, a path; nothing is asked of anybody, be the visitor signed in or not."""
    for browser in (reader.http, reader.new_browser()):
        answer = browser.get("/authorize", params=reader.authorization_parameters(claiming(client_id)))
        assert (answer.status_code, answer.headers.get("location")) == (400, None)
    assert web.received == []


@pytest.mark.parametrize(
    "client_id", ["http://app.example/client.json", "HTTPS://app.example/client.json", "https:app"]
)
def test_another_scheme_makes_no_document(reader: AuthHarness, web: DocumentHost, client_id: str) -> None:
    """AS-72, CIMD §3: it is an id like any other, and nobody has it."""
    assert reader.authorize(claiming(client_id)).status_code == 400
    assert web.received == []


def test_an_id_may_have_a_query(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-72, CIMD §3: discouraged, not forbidden; another query is another client."""
    publish(web, f"{app_id}?v=1", client_name="One")
    publish(web, f"{app_id}?v=2", client_name="Two")
    for query, name in (("v=1", "One"), ("v=2", "Two")):
        assert f"Connect {name}" in reader.authorize(publish(web, f"{app_id}?{query}", client_name=name)).text


def test_ids_are_compared_as_they_stand(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-72, CIMD §3, RFC 3986 §6.2.1: another spelling of an address is another client, and the document not its."""
    app = publish(web, app_id)
    assert reader.authorize(claiming(app_id.replace("app.example", "APP.example"))).status_code == 400
    assert reader.authorize(app).status_code == 200


def test_ids_made_here_never_look_like_addresses(reader: AuthHarness) -> None:
    """AS-71, CIMD §6.9."""
    assert not any(reader.register().id.startswith("https://") for _ in range(3))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "not JSON"),
        (b'\xff{"client_id": 1}', "not JSON"),
        (b"[" * 2000, "not JSON"),
        (b'{"client_id": NaN}', "not JSON"),
        (b'["client"]', "not an object"),
        (b'{"client_id": "a", "client_id": "b"}', "comes twice"),
        (b'{"jwks": {"keys": [], "keys": []}}', "comes twice"),
    ],
)
def test_what_is_no_json_object_is_no_document(
    reader: AuthHarness, web: DocumentHost, app_id: str, body: bytes, says: str
) -> None:
    """AS-76, CIMD §4.1, RFC 8259 §4."""
    web.serve(app_id, body)
    answer = reader.authorize(claiming(app_id))
    assert answer.status_code == 400
    assert says in answer.text
    assert row(reader, app_id) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_id": "https://app.example/another.json"}, "client_id"),
        ({"client_id": "HTTPS://app.example/oauth/client.json"}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"client_name": None}, "client_name"),
        ({"client_name": "\u200b"}, "client_name"),
        ({"client_name": 7}, "client_name"),
        ({"redirect_uris": None}, "redirect_uris"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": "https://app.example/callback"}, "redirect_uris"),
        ({"redirect_uris": ["https://app.example/a", "http://app.example/b"]}, "redirect URI"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect URI"),
        ({"redirect_uris": ["https://app.example/*"]}, "redirect URI"),
        ({"redirect_uris": ["https://app.example/a#b"]}, "redirect URI"),
        ({"client_secret": "s"}, "client_secret"),
        ({"client_secret_expires_at": 0}, "client_secret"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": ["none"]}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        (
            {
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks": {"keys": [JWK]},
                "jwks_uri": "https://a.example/",
            },
            "jwks",
        ),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://app.example/jwks"}, "jwks_uri"),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}}, "jwks"),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [JWK | {"d": "d"}]}}, "private key"),
        ({"grant_types": ["client_credentials"]}, "authorization_code"),
    ],
)
def test_a_document_that_breaks_a_rule_names_the_member(
    reader: AuthHarness, web: DocumentHost, app_id: str, change: dict[str, Any], says: str
) -> None:
    """AS-76, CIMD §4.1: the page says what is wrong, nothing is kept, and nobody is sent anywhere."""
    document = {**DOCUMENTS[CLAUDE], "client_id": app_id} | change
    web.serve(app_id, {name: value for name, value in document.items() if value is not None})
    answer = reader.authorize(claiming(app_id))
    assert (answer.status_code, answer.headers.get("location")) == (400, None)
    assert says in answer.text
    assert row(reader, app_id) is None


@pytest.mark.parametrize(
    ("change", "method"),
    [
        ({"token_endpoint_auth_method": None}, "none"),
        ({"token_endpoint_auth_method": None, "token_endpoint_auth_methods_supported": ["none"]}, "none"),
        (
            {"token_endpoint_auth_method": "tls_client_auth", "token_endpoint_auth_methods_supported": ["none"]},
            "none",
        ),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [JWK]}}, "private_key_jwt"),
        ({"jwks": {"keys": [JWK]}, "jwks_uri": "https://app.example/jwks"}, "none"),
        ({"redirect_uris": ["com.example.app:/callback"]}, "none"),
        ({"a": 1, "client_id_issued_at": "never", "contacts": {}}, "none"),
    ],
)
def test_how_a_client_authenticates_is_what_its_document_offers(
    reader: AuthHarness, web: DocumentHost, app_id: str, change: dict[str, Any], method: str
) -> None:
    """AS-76, CIMD §4.1: the method it names, else the first usable one it lists, else none: no secret can be shared."""
    assert reader.authorize(publish(web, app_id, **change)).status_code == 200
    kept = row(reader, app_id)
    assert kept is not None
    assert kept.token_endpoint_auth_method == method
    assert (kept.jwks is None) is (method == "none")


NESTED: Any = "deep"
for _ in range(300):
    NESTED = [NESTED]


def test_of_a_key_only_what_is_looked_at_is_kept(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-76, AS-87 (RFC 7517 §4, §5): nothing that could be too deep for whoever writes or reads it later.

    A member that is misunderstood may be a restriction, so its key is left out.
    """
    known = JWK | {"kid": "1", "alg": "ES256", "use": "sig", "key_ops": ["verify"]}
    keys = [known | {"x5c": NESTED, "note": {"a": 1}}, known | {"use": NESTED}, known | {"x": "x" * 2000}]
    jwks = {"keys": keys, "note": NESTED}
    client = publish(web, app_id, token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    assert reader.authorize(client).status_code == 200
    kept = row(reader, app_id)
    assert kept is not None
    assert kept.jwks == {"keys": [known]}
