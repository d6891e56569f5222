"""RFC 9207: the issuer in every authorization response."""

from tests.auth_harness import AuthHarness


def test_every_kind_of_answer_names_the_issuer(settled: AuthHarness) -> None:
    """AS-11, RFC 9207 §2: success, denial and error, equal byte for byte to the metadata."""
    issuer = settled.http.get("/.well-known/oauth-authorization-server").json()["issuer"]
    client = settled.connected_client()
    answers = [
        settled.approve(client),
        settled.approve(client, choices={"decision": ["deny"]}),
        settled.redirected_error(client, code_challenge=None),
        settled.redirected_error(client, response_type="token"),
        settled.redirected_error(client, resource="https://other.example.com"),
        settled.redirected_error(client, authorization_details="x"),
    ]
    assert [answer["iss"] for answer in answers] == [issuer] * len(answers)


def test_a_redirect_uri_cannot_bring_an_issuer_of_its_own(settled: AuthHarness) -> None:
    """AS-4, RFC 9207 §2: exactly one `iss` results."""
    document = {"redirect_uris": ["https://app.example.com/callback?iss=https://evil.example.com"]}
    assert settled.http.post("/register", json=document).json()["error"] == "invalid_redirect_uri"
