"""One server at its own address: a resource of its own, with its own metadata, audience, names and sessions."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.consent_form import PASSWORD, form_fields, own_origin
from tests.doors import REDIRECT_URI, Connection, Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.connecting import at, connect
from tests.key_holders import KeyHolder, key_of
from tests.loopback import LOOPBACK

WHOLE = {"type": "server", "server": "fix", "tools": ["*"]}
WELL_KNOWN = "/.well-known/oauth-protected-resource"
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "app", "version": "1"}}


@pytest.fixture
def address(doors: Doors, behind: Behind, upstream_url: str) -> str:
    """Where the server `fix` is a resource of its own."""
    behind.http("fix", upstream_url)
    return f"{doors.origin}/servers/fix/mcp"


def tools(app: KeyHolder | Connection) -> list[str]:
    """What it sees."""
    answer = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert answer.status_code == 200, answer.text
    return [tool["name"] for tool in answer.json()["result"]["tools"]]


def test_a_token_for_a_server_is_good_there_and_nowhere_else(doors: Doors, address: str) -> None:
    """AS-59, RFC 8707 §2."""
    ada = doors.person()
    app, other = connect(ada, address), ada.connect("gateway:call", servers=("fix *",))
    assert doors.claims(app)["aud"] == address
    assert app.token["scope"] == "gateway:call"
    assert {"add", "where"} <= set(tools(app))
    for refused in (at(doors.mcp_url, app), at(address, other), at(f"{doors.origin}/servers/other/mcp", app)):
        answer = refused.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert app.call("add", one=1, two=2).json()["result"]["structuredContent"] == {"result": 3}


def test_its_metadata_and_its_challenge_are_its_own(doors: Doors, address: str) -> None:
    """RFC 9728 §3.1, §5.1: with the path inserted; the same for a name that no server has."""
    for name in ("fix", "unknown"):
        resource = f"{doors.origin}/servers/{name}/mcp"
        document = httpx2.get(f"{doors.origin}{WELL_KNOWN}/servers/{name}/mcp", **LOOPBACK).json()
        assert (document["resource"], document["scopes_supported"]) == (resource, ["gateway:call"])
        assert document["authorization_servers"] == [doors.issuer]
        for spelling in (resource, f"{resource}/"):
            refused = httpx2.post(spelling, json={}, **LOOPBACK)
            assert refused.status_code == 401
            challenge = refused.headers["www-authenticate"]
            assert f'resource_metadata="{doors.origin}{WELL_KNOWN}/servers/{name}/mcp"' in challenge
            assert 'scope="gateway:call"' in challenge
    for nothing in (f"{WELL_KNOWN}/servers/No_Name/mcp", "/servers/No_Name/mcp", "/servers/fix/mcp/more"):
        assert httpx2.get(f"{doors.origin}{nothing}", **LOOPBACK).status_code == 404
    assert urlsplit(address).path == "/servers/fix/mcp"


def test_a_server_that_the_person_does_not_have_is_not_there(doors: Doors, behind: Behind, upstream_url: str) -> None:
    """Nobody is told of a server of another person alone, nor of one that their app's grant does not name."""
    ada, bob = doors.person(), doors.person()
    behind.http("everybodys", upstream_url)
    behind.http("private", upstream_url, owner=doors.claims(ada.connect())["sub"])
    everything = [{"type": "server", "server": "*", "tools": ["*"]}]
    adas, bobs = (key_of(one, scope="gateway:call", details=everything) for one in (ada, bob))
    named = [{"type": "server", "server": "everybodys", "tools": ["add"]}]
    less = key_of(ada, "less", scope="gateway:call", details=named)
    private, unknown = (f"{doors.origin}/servers/{name}/mcp" for name in ("private", "unknown"))
    assert "add" in tools(at(private, adas))
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    answers = [at(url, app).post(ping) for url, app in ((private, bobs), (private, less), (unknown, bobs))]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_a_key_is_good_there_as_far_as_its_grant_goes(doors: Doors, address: str) -> None:
    """RFC 6750 §3.1: without the scope, 403 and what to ask for; with details, what these name."""
    person = doors.person()
    details = {"whole": WHOLE, "part": WHOLE | {"tools": ["add", "remember"]}, "reading": WHOLE | {"read_only": True}}
    whole, part, reading = (
        at(address, key_of(person, name, scope="gateway:call", details=[detail])) for name, detail in details.items()
    )
    assert {"add", "fail", "remember"} <= set(tools(whole))
    assert tools(part) == ["add", "remember"]
    assert tools(reading) == ["add", "seen_headers", "environment", "process"]
    assert "does not reach this tool" in part.call("fail").json()["result"]["content"][0]["text"]
    assert reading.call("remember", text="x").json()["result"]["isError"] is True
    refused = at(address, key_of(person)).post({"jsonrpc": "2.0", "id": 7, "method": "tools/list"})
    assert (refused.status_code, refused.json()["id"]) == (403, 7)
    assert 'scope="gateway:call"' in refused.headers["www-authenticate"]


def test_memories_are_not_there(doors: Doors, address: str) -> None:
    """AS-118, AS-119: whatever the key opens elsewhere, here is one server."""
    memories = {"type": "memory", "actions": ["read", "write"], "namespaces": ["*"]}
    app = at(address, key_of(doors.person(), scope="memory:read memory:write gateway:call", details=[memories, WHOLE]))
    assert "memory_store" not in tools(app)
    answer = app.call("memory_store", text="x").json()["result"]
    assert (answer["isError"], answer["content"][0]["text"]) == (
        True,
        "fix has no such tool; the list of tools says which there are.",
    )


def test_a_session_belongs_to_its_address(doors: Doors, address: str) -> None:
    """AS-106: one of /mcp is none at a server's own address, and the reverse."""
    app = key_of(doors.person(), scope="gateway:call", details=[WHOLE])
    greeting = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}
    places = {url: at(url, app) for url in (address, doors.mcp_url)}
    sessions = {url: place.post(greeting).headers["mcp-session-id"] for url, place in places.items()}
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    for url, place in places.items():
        found = {of: place.post(listing, mcp_session_id=session).status_code for of, session in sessions.items()}
        assert found == {of: 200 if of == url else 404 for of in sessions}


def test_the_server_introduces_itself(doors: Doors, address: str) -> None:
    app = at(address, key_of(doors.person(), scope="gateway:call", details=[WHOLE]))
    said = app.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}).json()["result"]
    assert said["serverInfo"]["name"] == "fixture"
    assert {"tools", "prompts", "resources", "completions"} <= said["capabilities"].keys()
    part = at(address, key_of(doors.person(), scope="gateway:call", details=[WHOLE | {"tools": ["add"]}]))
    said = part.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}).json()["result"]
    assert said["capabilities"].keys() == {"tools"}


def test_consent_is_about_that_server_alone(doors: Doors, behind: Behind, address: str, upstream_url: str) -> None:
    """RFC 8707 §2: memories and other servers are neither shown nor given, whatever the request and the form say."""
    behind.http("other", upstream_url)
    ada, client_id = doors.person(), doors.register()
    request = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
        "scope": "memory:read memory:write gateway:call",
        "resource": address,
    }
    page = ada.browser.get("/authorize", params=request).text
    assert "tools of your server fix, and no memories" in page
    assert "fix add" in page
    assert "other add" not in page
    assert "Read your memories" not in page
    app = connect(ada, address, client_id, scope="memory:read memory:write gateway:call")
    assert app.token["scope"] == "gateway:call"
    assert app.token["authorization_details"] == [WHOLE | {"read_only": False}]


def test_details_narrow_it_and_cannot_widen_it(doors: Doors, address: str) -> None:
    """RFC 9396 §6."""
    ada = doors.person()
    narrow = '[{"type": "server", "server": "*", "tools": ["add"]}]'
    app = connect(ada, address, authorization_details=narrow)
    assert app.token["authorization_details"] == [WHOLE | {"tools": ["add"], "read_only": False}]
    assert tools(app) == ["add"]
    elsewhere = '[{"type": "server", "server": "other", "tools": ["*"]}]'
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": REDIRECT_URI,
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
        "resource": address,
        "authorization_details": elsewhere,
    }
    location = ada.browser.get("/authorize", params=asked).headers["location"]
    assert parse_qs(urlsplit(location).query)["error"] == ["invalid_authorization_details"]


def test_a_refresh_stays_at_the_address(doors: Doors, address: str) -> None:
    """RFC 8707 §2.2: another resource is an invalid target, the MCP endpoint as well."""
    app = connect(doors.person(), f"{address}/")
    form = {"grant_type": "refresh_token", "client_id": app.client_id, "refresh_token": app.token["refresh_token"]}
    for other in (doors.mcp_url, f"{doors.origin}/servers/other/mcp"):
        refused = httpx2.post(f"{doors.issuer}/token", data=form | {"resource": other}, **LOOPBACK)
        assert refused.json()["error"] == "invalid_target"
    again = httpx2.post(f"{doors.issuer}/token", data=form | {"resource": address}, **LOOPBACK).json()
    assert doors.claims_of(again["access_token"])["aud"] == address
    assert "add" in tools(Connection(address, app.client_id, again))


def test_a_device_is_connected_to_one_server(doors: Doors, address: str) -> None:
    """RFC 8628 §3.1, RFC 8707 §2."""
    ada = doors.person()
    client_id = doors.register(grant_types=["urn:ietf:params:oauth:grant-type:device_code"])
    asked = {"client_id": client_id, "resource": address}
    device = httpx2.post(f"{doors.issuer}/device_authorization", data=asked, **LOOPBACK).json()
    headers = own_origin(ada.browser)
    typed = form_fields(ada.browser.get("/device", params={"user_code": device["user_code"]}).text, "/device")
    page = ada.browser.post("/device", data=typed, headers=headers).text
    assert "tools of your server fix, and no memories" in page
    chosen = form_fields(page, "/device") | {"decision": ["approve"], "password": [PASSWORD]}
    assert ada.browser.post("/device", data=chosen, headers=headers).status_code == 303
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": client_id,
        "device_code": device["device_code"],
    }
    token = httpx2.post(f"{doors.issuer}/token", data=form, **LOOPBACK).json()
    assert doors.claims_of(token["access_token"])["aud"] == address
    assert "add" in tools(Connection(address, client_id, token))


def test_an_edit_stays_with_the_server(doors: Doors, address: str) -> None:
    """AS-115: the form of such a grant offers that server's tools, and saves nothing else."""
    ada = doors.person()
    app = connect(ada, address)
    page = ada.browser.get(f"/account/grants/{doors.claims(app)['grant_id']}")
    fields = form_fields(page.text, f"/account/grants/{doors.claims(app)['grant_id']}")
    assert "Read your memories" not in page.text
    chosen = {"scope": ["gateway:call", "memory:read"], "read": ["personal"], "server_tool": ["fix add", "other add"]}
    answer = ada.browser.post(
        f"/account/grants/{doors.claims(app)['grant_id']}", data=fields | chosen, headers=own_origin(ada.browser)
    )
    assert answer.status_code == 303, answer.text
    wait_until(lambda: tools(app) == ["add"])
