"""goose and Grok, played as far as their documents go; of the rest of their habits too little is known.

- https://goose-docs.ai/oauth/client-metadata.json, as served on 2026-09-21 (a public copy): both loopback families.
- https://grok.com/oauth/mcp-client.json, as served on 2026-10-09 (a public copy): two callbacks on two hosts.
"""

from typing import Any

import pytest

from tests.clients.watched_doors import WatchedDoors
from tests.personas.backend import Backend, Habits
from tests.personas.hands import AtTheForm
from tests.personas.mcp_calls import McpCalls

COMMON = {
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
GOOSE = COMMON | {
    "client_id": "https://goose-docs.ai/oauth/client-metadata.json",
    "client_name": "goose",
    "logo_uri": "https://goose-docs.ai/img/logo_light.png",
    "redirect_uris": ["http://127.0.0.1/oauth_callback", "http://[::1]/oauth_callback"],
    "code_challenge_methods_supported": ["S256"],
}
GROK = COMMON | {
    "client_id": "https://grok.com/oauth/mcp-client.json",
    "client_name": "Grok",
    "client_uri": "https://grok.com",
    "logo_uri": "https://grok.com/icon-512x512.png",
    "redirect_uris": [
        "https://grok.com/connectors-oauth-exchange-code/",
        "https://console.x.ai/connectors-oauth-exchange-code/",
    ],
}


@pytest.mark.parametrize(
    ("document", "callback"),
    [
        (GOOSE, "http://127.0.0.1:50231/oauth_callback"),
        (GOOSE, "http://[::1]:50231/oauth_callback"),
        (GROK, "https://grok.com/connectors-oauth-exchange-code/"),
        (GROK, "https://console.x.ai/connectors-oauth-exchange-code/"),
    ],
)
def test_an_app_connects_by_its_document(
    place: WatchedDoors, ada: AtTheForm, document: dict[str, Any], callback: str
) -> None:
    """AS-3, AS-76, AS-79: at each address that it names."""
    place.web.serve(document["client_id"], document)
    name = document["client_name"]
    habits = Habits(
        name, agent=name, mcp_agent=name, info={"name": name, "version": "1"}, document=document["client_id"]
    )
    with Backend(habits) as backend:
        found = backend.discover(place.mcp_url)
        asking = backend.ask(found, backend.known_by_document(found), callback)
        tokens = backend.redeem(asking, ada.approve(asking))
        McpCalls(habits, backend.http, found.resource, tokens["access_token"]).open()
        backend.renewed(asking, tokens["refresh_token"])
