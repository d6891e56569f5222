"""RFC 7523 §3 as tightened by OAuth 2.1 §2.4: clients that sign, and what their signatures do not prove (AS-87)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_server.oauth.client_assertion import ASSERTION_TYPE
from tests.auth_harness import AuthHarness, RegisteredClient, error_of, later
from tests.document_clients import CHATGPT, publish
from tests.document_host import DocumentHost
from tests.signing_client import ISSUER, Signer, SigningClient, signed
from tests.spec.assertion_clients import REFUSED, new_client
from tests.spec.assertion_clients import app as app
from tests.spec.assertion_clients import auth as auth


@pytest.mark.parametrize("inline", [True, False], ids=["jwks", "jwks_uri"])
@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
def test_a_client_that_signs_gets_refreshes_and_revokes_tokens(
    auth: AuthHarness, web: DocumentHost, algorithm: str, inline: bool
) -> None:
    """AS-87, AS-76 (RFC 7523 §2.2): with its keys in the document, or at the jwks_uri that it names."""
    client = new_client(web, algorithm, inline=inline).connect(auth)
    tokens = client.refresh(auth).json()
    assert auth.introspect(tokens["access_token"])["active"]
    revoked = auth.http.post("/revoke", data={"token": tokens["access_token"], **client.credential})
    assert revoked.status_code == 200
    assert not auth.introspect(tokens["access_token"])["active"]
    assert web.count(client.jwks_uri) == (0 if inline else 1)


def test_chatgpt_connects_as_it_publishes_itself(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87, AS-76: its document names RS256 and a jwks_uri, and it does not negotiate down to `none`."""
    chatgpt, signer = publish(web, CHATGPT), Signer(CHATGPT, "RS256", "cimd-20260428030119")
    web.serve("https://chatgpt.com/oauth/jwks.json", {"keys": [signer.public_jwk | {"alg": "RS256", "use": "sig"}]})
    code = auth.approve(chatgpt)["code"]
    signing = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signer.assertion()}
    tokens = auth.redeem(chatgpt, code, **signing)
    assert tokens.status_code == 200
    signing["client_assertion"] = signer.assertion()
    assert auth.refresh(chatgpt, tokens.json()["refresh_token"], **signing).status_code == 200


def test_the_metadata_offers_signing(auth: AuthHarness) -> None:
    """AS-82 (RFC 8414 §2): the method and its algorithms, at the token and at the revocation endpoint."""
    metadata = auth.http.get("/.well-known/oauth-authorization-server").json()
    for endpoint in ("token", "revocation"):
        assert "private_key_jwt" in metadata[f"{endpoint}_endpoint_auth_methods_supported"]
        algorithms = metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert set(algorithms) == {"ES256", "RS256", "PS256", "EdDSA"}


def test_a_client_with_keys_does_not_get_in_without(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87, AS-49 (OAuth 2.1 §2.4): and whoever tries spends nothing of it."""
    client = new_client(web)
    code = auth.approve(client)["code"]
    bare = {"client_assertion": None, "client_assertion_type": None}
    assert error_of(auth.redeem(client, code, **bare)) == REFUSED
    assert error_of(auth.redeem(client, code, **bare, client_secret="x")) == REFUSED
    answer = auth.redeem(client, code)
    assert answer.status_code == 200
    token = answer.json()["refresh_token"]
    assert error_of(auth.refresh(client, token, **bare)) == REFUSED
    assert error_of(auth.http.post("/revoke", data={"token": token, "client_id": client.id})) == REFUSED
    assert auth.refresh(client, token).status_code == 200


def test_the_subject_names_the_client_where_client_id_does_not(auth: AuthHarness, app: SigningClient) -> None:
    """RFC 7521 §4.2: client_id may be left out, but not name somebody else."""
    assert app.refresh(auth, client_id=None).status_code == 200
    assert error_of(app.refresh(auth, client_id="cli_somebody")) == REFUSED


def test_an_audience_in_a_list_of_one_is_one_audience(auth: AuthHarness, app: SigningClient) -> None:
    """AS-87 (RFC 7519 §4.1.3): the same statement in its longer form."""
    assert app.refresh(auth, app.signer.assertion(aud=[ISSUER])).status_code == 200


@pytest.mark.parametrize("audience", [f"{ISSUER}/token", [f"{ISSUER}/token"]])
def test_the_token_endpoint_is_an_audience_too(auth: AuthHarness, app: SigningClient, audience: object) -> None:
    """AS-87 (RFC 7523 §3), a recorded deviation from OAuth 2.1 §2.4: ChatGPT signs for nothing else."""
    assert app.refresh(auth, app.signer.assertion(aud=audience)).status_code == 200


def test_a_client_of_another_kind_proves_nothing_by_signing(auth: AuthHarness) -> None:
    """AS-49, AS-87: a registered client has no published keys, whatever it sends."""
    for method in ("none", "client_secret_post"):
        client = auth.register(token_endpoint_auth_method=method)
        signer = Signer(client.id)
        form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signer.assertion()}
        answer = auth.http.post("/token", data={"grant_type": "refresh_token", "refresh_token": "x", **form})
        assert error_of(answer) == REFUSED


def test_an_assertion_and_a_secret_are_two_methods(auth: AuthHarness, app: SigningClient) -> None:
    """AS-49 (OAuth 2.1 §2.4)."""
    assert error_of(app.refresh(auth, client_secret="x")) == (400, "invalid_request")
    form = {"grant_type": "refresh_token", "refresh_token": app.refresh_token, **app.credential}
    answer = auth.http.post("/token", data=form, headers={"Authorization": "Basic eDp5"})
    assert error_of(answer) == (400, "invalid_request")


@pytest.mark.parametrize("kind", [None, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "x"])
def test_another_kind_of_assertion_is_refused(auth: AuthHarness, app: SigningClient, kind: str | None) -> None:
    """RFC 7521 §4.2, RFC 7523 §2.2."""
    assert error_of(app.refresh(auth, client_assertion_type=kind)) == REFUSED


def test_a_client_cannot_sign_for_another_ones_grant(auth: AuthHarness, web: DocumentHost, app: SigningClient) -> None:
    """AS-41, AS-87: the keys are those of the client that signs, the grant is not its own."""
    thief = new_client(web, inline=True).connect(auth)
    answer = auth.refresh(thief, app.refresh_token)
    assert error_of(answer) == (400, "invalid_grant")
    forged = thief.signer.assertion(iss=app.id, sub=app.id)
    assert error_of(app.refresh(auth, forged)) == REFUSED


def test_who_was_approved_without_keys_may_sign_by_now(auth: AuthHarness, web: DocumentHost) -> None:
    """AS-87, CIMD §6.3: its document asks for signatures by now. A good one serves, a bad one not, none still does."""
    client = new_client(web)
    client.publish(token_endpoint_auth_method=None, jwks_uri=None)
    public = RegisteredClient({"client_id": client.id, "redirect_uris": client.information["redirect_uris"]})
    client.refresh_token = auth.tokens(public)["refresh_token"]
    client.publish()
    with later(minutes=6):
        assert auth.authorize(public).status_code == 200  # reads the document anew
        assert client.refresh(auth).status_code == 200
        stranger = Signer(client.id, kid=client.signer.kid)
        assert error_of(client.refresh(auth, stranger.assertion())) == REFUSED
        assert auth.refresh(public, client.refresh_token).status_code == 200


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=90).map(lambda raw: raw.hex() + "." + raw.hex() + ".x"))
def test_whatever_is_sent_as_an_assertion_has_an_answer(auth: AuthHarness, app: SigningClient, text: str) -> None:
    """AS-16, AS-87: 401, or 400 where it counts as left out; never a server error."""
    assert app.refresh(auth, text).status_code in (400, 401)


@pytest.mark.parametrize("payload", [b"[]", b"null", b'"x"', b"{", b"\xff", b"[" * 5000], ids=repr)
def test_a_signed_payload_that_is_no_object_is_refused(auth: AuthHarness, app: SigningClient, payload: bytes) -> None:
    """AS-16, AS-87 (RFC 7519 §7.2)."""
    header = {"alg": "ES256", "kid": app.signer.kid}
    assert error_of(app.refresh(auth, signed(header, payload, app.signer.key))) == REFUSED
