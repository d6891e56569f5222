"""ChatGPT, played: its backend, from discovery to one call each of search and fetch.

- https://developers.openai.com/plugins/build/auth, as quoted in public notes of 2026-09: a metadata document first,
  registration once a connector otherwise; the fixed callback where the server answers with `iss`, else one of the
  connector; `resource` as the resource's metadata names it, on both requests, and expected in `aud`; the issuer is
  compared as a string.
- https://chatgpt.com/oauth/client.json as served on 2026-09-08 (django-oauth/django-oauth-toolkit#1845 quotes it too):
  `private_key_jwt` by RS256, keys at jwks.json. Until 2026-08-06 it named no method, listed both, and came without a
  signature (Artexis10/exomem#380, PostHog/posthog#80787).
- Artexis10/exomem#380 (2026-08-07), a log of the live connector: the assertion's `aud` is the token endpoint.
- Altinity/altinity-mcp#118 (2026-05-15): https://chatgpt.com/oauth/<id>/client.json, with the connector's callback.
- logto-io/logto#9627 (2026-09-18): `scope=openid email offline_access profile`, and no `prompt`.
- PrefectHQ/fastmcp#1794 (2025-09): the order of its parameters, a state that begins with `oauth_s_`, an empty `scope`.
- User-Agent `openai-mcp/1.0.0`, `server/discover`, the 2026-07-28 revision without a session: public logs of 2026-10.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
import time_machine

from auth_server.oauth.client_assertion import ASSERTION_TYPE
from shared.clock import now
from tests.clients.seen import Flow
from tests.clients.watched_doors import WatchedDoors
from tests.document_clients import CHATGPT, DOCUMENTS, publish
from tests.mcp_messages import MODERN
from tests.personas.backend import Asking, Backend, Found, Habits, Known
from tests.personas.hands import AtTheForm, AtTheScreen
from tests.personas.mcp_calls import McpCalls
from tests.personas.played import Played
from tests.personas.web_callbacks import WebCallbacks
from tests.signing_client import Signer

CALLBACK = "https://chatgpt.com/connector_platform_oauth_redirect"
OWN_CALLBACK = "https://chatgpt.com/connector/oauth/kDmjx77UnKOM"
OWN_DOCUMENT = "https://chatgpt.com/oauth/kDmjx77UnKOM/client.json"
JWKS_URI = "https://chatgpt.com/oauth/jwks.json"
SIGNING = {name: value for name, value in DOCUMENTS[CHATGPT].items() if name != "client_id"}
FORMERLY = SIGNING | {"token_endpoint_auth_method": None}
"""What its documents said until August 2026."""
FIVE_MINUTES = "public, max-age=300"
SCOPE = "openid email offline_access profile"
HABITS = Habits(
    name="ChatGPT",
    agent="openai-mcp/1.0.0",
    mcp_agent="openai-mcp/1.0.0",
    protocol=MODERN,
    info={"name": "openai-mcp", "version": "1.0.0"},
    document=CHATGPT,
    registration={
        "client_name": "ChatGPT",
        "redirect_uris": [OWN_CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    parameters=(
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "scope",
        "code_challenge",
        "code_challenge_method",
        "resource",
    ),
)


@pytest.fixture
def chatgpt() -> Iterator[Backend]:
    """Its backend."""
    with Backend(HABITS) as backend:
        yield backend


@pytest.fixture
def found(chatgpt: Backend, place: WatchedDoors) -> Found:
    """Our server, discovered: it offers what ChatGPT wants for its document and for its fixed callback."""
    seen = chatgpt.discover(place.mcp_url)
    assert seen.takes_documents
    assert seen.metadata["authorization_response_iss_parameter_supported"] is True
    return seen


@pytest.fixture(scope="module")
def signer(place: WatchedDoors) -> Signer:
    """Its key, published where its document says."""
    key = Signer(CHATGPT, "RS256", "cimd-20260428030119")
    place.web.serve(JWKS_URI, {"keys": [key.public_jwk | {"alg": "RS256", "use": "sig"}]})
    return key


def signing(known: Known, signer: Signer, audience: str) -> Known:
    """The same client, which signs a fresh assertion for each request."""

    def prove() -> dict[str, str]:
        claims = {"iss": known.client_id, "sub": known.client_id, "aud": audience}
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signer.assertion(**claims)}

    return Known(known.client_id, known.identity, prove)


def connected(
    backend: Backend, place: WatchedDoors, asking: Asking, answer: dict[str, str]
) -> tuple[dict[str, Any], McpCalls]:
    """Redeems, compares `aud` with the resource, and looks around."""
    tokens = backend.redeem(asking, answer)
    assert tokens["scope"] == "memory:read memory:write openid profile email offline_access"
    assert place.claims_of(tokens["access_token"])["aud"] == asking.found.resource
    assert tokens["refresh_token"]
    return tokens, McpCalls(HABITS, backend.http, asking.found.resource, tokens["access_token"]).open()


def use_the_pair(calls: McpCalls) -> None:
    """tools/list has both tools as its company knowledge compares them, and one call each answers in their shapes."""
    tools = calls.tools()
    for name, argument in (("search", "query"), ("fetch", "id")):
        assert list(tools[name]["inputSchema"]["properties"]) == [argument]
        assert tools[name]["annotations"]["readOnlyHint"] is True
    saved = calls.call("memory_store", text="Grace keeps bees.")
    [hit] = calls.call("search", query="bees")["results"]
    assert set(hit) == {"id", "title", "url"}
    document = calls.call("fetch", id=hit["id"])
    assert (document["id"], document["text"], document["url"]) == (saved["id"], "Grace keeps bees.", hit["url"])


def test_chatgpt_connects_by_its_document_and_signs_for_itself(
    chatgpt: Backend,
    found: Found,
    place: WatchedDoors,
    signer: Signer,
    callbacks: WebCallbacks,
    new_screen: Callable[[], AtTheScreen],
    played: Played,
) -> None:
    """AS-87, AS-79: for the token endpoint, as it does; the fixed callback gets `iss`, and the scopes are narrowed."""
    publish(place.web, CHATGPT, cache_control=FIVE_MINUTES)
    callbacks.open(CALLBACK)
    known = signing(chatgpt.known_by_document(found), signer, found.metadata["token_endpoint"])
    asking = chatgpt.ask(found, known, CALLBACK, scope=SCOPE, state=f"oauth_s_{token_hex(16)}")
    tokens, calls = connected(chatgpt, place, asking, new_screen().approve(asking))
    use_the_pair(calls)
    with time_machine.travel(now() + timedelta(minutes=11)):
        expired = calls.post({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert expired.status_code == 401
        assert 'error="invalid_token"' in expired.headers["www-authenticate"]
        renewed = chatgpt.renewed(asking, tokens["refresh_token"], resource=found.resource)
        later = McpCalls(HABITS, chatgpt.http, found.resource, renewed["access_token"])
        assert len(later.call("search", query="bees")["results"]) == 1
    played(HABITS, known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH, Flow.REFRESH)


def test_chatgpt_may_sign_for_the_issuer_instead(
    chatgpt: Backend, found: Found, place: WatchedDoors, signer: Signer, ada: AtTheForm
) -> None:
    """AS-87, OAuth 2.1 §2.4: what is asked of clients from now on."""
    publish(place.web, CHATGPT, cache_control=FIVE_MINUTES)
    known = signing(chatgpt.known_by_document(found), signer, found.metadata["issuer"])
    asking = chatgpt.ask(found, known, CALLBACK, scope=SCOPE)
    connected(chatgpt, place, asking, ada.approve(asking))


def test_chatgpt_connects_by_a_document_of_its_connector_without_a_signature(
    chatgpt: Backend, found: Found, place: WatchedDoors, ada: AtTheForm, played: Played
) -> None:
    """AS-76: the document lists `none` first and names no method, as all of its documents did until August 2026."""
    publish(place.web, OWN_DOCUMENT, cache_control=FIVE_MINUTES, **FORMERLY | {"redirect_uris": [OWN_CALLBACK]})
    known = Known(OWN_DOCUMENT, chatgpt.known_by_document(found).identity)
    asking = chatgpt.ask(found, known, OWN_CALLBACK, scope=SCOPE)
    tokens, calls = connected(chatgpt, place, asking, ada.approve(asking))
    use_the_pair(calls)
    chatgpt.renewed(asking, tokens["refresh_token"])
    played(HABITS, known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH, Flow.REFRESH)


def test_chatgpt_registers_for_each_connector_with_a_callback_of_its_own(
    chatgpt: Backend, place: WatchedDoors, ada: AtTheForm, played: Played
) -> None:
    """AS-66, AS-65: registration where documents are switched off."""
    with place.without_documents():
        found = chatgpt.discover(place.mcp_url)
        known = chatgpt.register(found)
        asking = chatgpt.ask(found, known, OWN_CALLBACK, scope=SCOPE)
        tokens, calls = connected(chatgpt, place, asking, ada.approve(asking))
        use_the_pair(calls)
        chatgpt.renewed(asking, tokens["refresh_token"], resource=found.resource)
    played(HABITS, known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH, Flow.REFRESH)


def test_chatgpt_may_leave_the_scope_empty(chatgpt: Backend, found: Found, place: WatchedDoors, ada: AtTheForm) -> None:
    """AS-9, AS-56: as if it were not there; memory is offered, and a refresh token comes all the same."""
    asking = chatgpt.ask(found, chatgpt.register(found), OWN_CALLBACK, scope="")
    tokens = chatgpt.redeem(asking, ada.approve(asking))
    assert tokens["scope"] == "memory:read memory:write"
    assert place.claims_of(chatgpt.renewed(asking, tokens["refresh_token"])["access_token"])["aud"] == found.resource


def test_chatgpt_goes_on_when_its_document_begins_to_ask_for_signatures(
    chatgpt: Backend, found: Found, place: WatchedDoors, signer: Signer, ada: AtTheForm
) -> None:
    """AS-79, CIMD §6.3: as on 2026-08-06; who was approved without keys and signs now proves more than was asked."""
    document_id = "https://chatgpt.com/oauth/aMn5lVt0pQx2/client.json"
    publish(place.web, document_id, cache_control=FIVE_MINUTES, **FORMERLY)
    known = Known(document_id, chatgpt.known_by_document(found).identity)
    asking = chatgpt.ask(found, known, CALLBACK, scope=SCOPE)
    tokens, _ = connected(chatgpt, place, asking, ada.approve(asking))
    publish(place.web, document_id, cache_control=FIVE_MINUTES, **SIGNING)
    proven = signing(known, signer, found.metadata["token_endpoint"])
    with time_machine.travel(now() + timedelta(minutes=11)):
        ada.page(chatgpt.ask(found, proven, CALLBACK, scope=SCOPE))  # somebody connects, so the document is read anew
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **proven.credential}
        assert chatgpt.http.post(found.metadata["token_endpoint"], data=form).status_code == 200
