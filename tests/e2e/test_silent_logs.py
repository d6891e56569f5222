"""Both servers at their most talkative, the whole flow and many ways for it to fail: no log shows what is secret."""

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from auth_server.keys.api_keys import new_key_secret
from auth_server.oauth.pkce import challenge_of
from tests.consent_form import approve_in_browser, form_fields, own_origin
from tests.doors import REDIRECT_URI, wait_until
from tests.installation import Installation
from tests.loopback import LOOPBACK

PASSWORD = "zebra-crossing-at-dawn"
WRONG_PASSWORD = "quagga-crossing-at-dusk"
MEMORY = "The heron nests behind the boathouse."
CREDENTIAL = re.compile(r"eyJ[\w-]{10,}\.|\b(ac|at|rt|rs|bs|cr|cs|csrf|dev|ost|rat|setup)_[\w-]{20,}|\$argon2")
"""What a token, a code, a cookie or a password's hash looks like, whoever made it."""


@dataclass
class Spoken:
    """Everything that was said to the servers or by them and belongs into no log, each with a word for it."""

    secrets: dict[str, str] = field(default_factory=dict)

    def __call__(self, what: str, value: str) -> str:
        """Notes a secret and passes it on."""
        self.secrets[f"{what} {len(self.secrets)}"] = value
        return value

    def query(self) -> str:
        """Something to say in a query string."""
        return self("query string", f"q{secrets.token_hex(8)}")


@pytest.fixture
def talkative(tmp_path: Path) -> Iterator[Installation]:
    """An installation that logs all it can."""
    with Installation(tmp_path, OSTIARY_LOG_LEVEL="DEBUG") as running:
        yield running


def test_no_log_shows_a_secret_a_query_or_a_memory(talkative: Installation) -> None:
    """AS-64, AS-110."""
    spoken = Spoken()
    with httpx2.Client(base_url=talkative.issuer, **LOOPBACK) as browser:
        sign_in(talkative, browser, spoken)
        tokens = connect(browser, spoken)
        use_memories(talkative, tokens, spoken)
        misuse(talkative, browser, tokens, spoken)
    talkative.processes["auth"].terminate()
    for name in ("auth", "mcp"):  # a log that says nothing would prove nothing; the other one misses its partner now
        wait_until(lambda name=name: f"process='{name}'" in talkative.log_file(name).read_text())
    talkative.close()
    for name in ("auth", "mcp"):
        log = talkative.log_file(name).read_text()
        found = [what for what, secret in spoken.secrets.items() if secret in log]
        assert found == [], name
        assert CREDENTIAL.search(log) is None, CREDENTIAL.search(log)


def sign_in(place: Installation, browser: httpx2.Client, spoken: Spoken) -> None:
    """Once with a wrong password, once with the right one."""
    place.create_user("ada@example.org", spoken("password", PASSWORD))
    for password in (spoken("password", WRONG_PASSWORD), PASSWORD):
        fields = form_fields(browser.get("/login", params={"x": spoken.query()}).text, "/login")
        spoken("form token", fields["csrf_token"][0])
        form = fields | {"email": ["ada@example.org"], "password": [password]}
        browser.post("/login", data=form, headers=own_origin(browser))
    for cookie in browser.cookies.jar:
        spoken("cookie", cookie.value or "")
    assert browser.get("/account/apps").status_code == 200


def connect(browser: httpx2.Client, spoken: Spoken) -> dict[str, Any]:
    """A confidential client: registered, approved, redeemed twice, refreshed; gives the token answer and more."""
    document = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "client_secret_post"}
    client = browser.post("/register", json=document).json()
    spoken("registration token", client["registration_access_token"])
    credential = {"client_id": client["client_id"], "client_secret": spoken("client secret", client["client_secret"])}
    verifier = spoken("verifier", secrets.token_urlsafe(48))
    asked = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": REDIRECT_URI,
        "code_challenge": spoken("challenge", challenge_of(verifier)),
        "code_challenge_method": "S256",
        "scope": "memory:read memory:write offline_access",
        "state": spoken.query(),
    }
    back = httpx2.URL(approve_in_browser(browser, asked, {}, PASSWORD))
    code = spoken("code", back.params["code"])
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier} | credential
    tokens = browser.post("/token", data=form).json()
    assert browser.post("/token", data=form).status_code == 400
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]} | credential
    renewed = browser.post("/token", data=refresh, params={"x": spoken.query()}).json()
    for answer in (tokens, renewed):
        spoken("access token", answer["access_token"])
        spoken("refresh token", answer["refresh_token"])
    return renewed | {"credential": credential}


def use_memories(place: Installation, tokens: dict[str, Any], spoken: Spoken) -> None:
    """Stores and searches, without a session and in one."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json, text/event-stream"}
    with httpx2.Client(headers=headers, **LOOPBACK) as app:
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
        opened = app.post(place.mcp_url, json=message("initialize", **hello))
        session = {"Mcp-Session-Id": spoken("session id", opened.headers["mcp-session-id"])}
        for more in ({}, session):
            words = {"text": spoken("memory", MEMORY), "key": spoken("key", f"k{secrets.token_hex(8)}")}
            asked = {"query": spoken("question", "where does the heron nest")}
            for tool, arguments in (("memory_store", words), ("memory_search", asked)):
                answer = app.post(
                    place.mcp_url, json=message("tools/call", name=tool, arguments=arguments), headers=more
                )
                assert MEMORY in answer.text or tool == "memory_store", answer.text


def misuse(place: Installation, browser: httpx2.Client, tokens: dict[str, Any], spoken: Spoken) -> None:
    """Everything that a careless or an ill-meaning client may send where it does not belong."""
    token = tokens["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(**LOOPBACK) as app:
        app.post(f"{place.mcp_url}?access_token={token}", json=message("ping"))
        for key in (spoken("key", new_key_secret()), spoken("key", f"kagura_{secrets.token_hex(8)}")):
            app.post(f"{place.mcp_url}?api_key={key}", json=message("ping"))
            app.post(place.mcp_url, json=message("ping"), headers={"X-API-Key": key})
            app.post(place.mcp_url, json=message("ping"), headers=bearer | {"X-API-Key": key})
        app.post(place.mcp_url, json=message("ping"), headers={"Authorization": f"Bearer {token[:-4]}AAAA"})
        app.post(
            place.mcp_url, json=message("tools/call", name="memory_store", arguments={"text": [MEMORY]}), headers=bearer
        )
        app.post(place.mcp_url, json=message("tools/call", name=spoken.query()), headers=bearer)
        app.post(place.mcp_url, content=f'{{"text": "{MEMORY}"', headers=bearer)
        app.get(f"{place.origin}/{spoken.query()}?x={spoken.query()}")
    browser.get("/authorize", params={"client_id": spoken.query(), "redirect_uri": f"https://{spoken.query()}.example"})
    browser.get("/authorize", params={"client_id": tokens["credential"]["client_id"], "scope": spoken.query()})
    browser.post("/introspect", data={"token": token}, headers={"Authorization": f"Bearer rs_{spoken.query()}"})
    browser.post("/token", data={"grant_type": "authorization_code", "code": spoken.query(), **tokens["credential"]})
    browser.post("/token", content=f"grant_type={spoken.query()}&grant_type=%zz")
    browser.post("/register", content=f'{{"redirect_uris": ["{spoken.query()}"')
    browser.post("/register", json={"redirect_uris": [f"javascript:{spoken.query()}"]})
    browser.get("/setup", params={"token": f"setup_{spoken.query()}"})
    browser.get("/nowhere", params={"x": spoken.query()})
    browser.post("/logout", data={"csrf_token": spoken.query()}, headers=own_origin(browser))
    browser.post("/revoke", data={"token": tokens["refresh_token"], **tokens["credential"]})
    wait_until(lambda: httpx2.post(place.mcp_url, json=message("ping"), headers=bearer).status_code == 401)


def message(method: str, **params: Any) -> dict[str, Any]:
    """A JSON-RPC request."""
    return {"jsonrpc": "2.0", "id": int(time.monotonic() * 1000), "method": method, "params": params}
