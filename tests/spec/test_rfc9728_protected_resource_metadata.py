"""RFC 9728: OAuth 2.0 protected resource metadata."""

import httpx2

from tests.doors import Doors
from tests.loopback import LOOPBACK

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def test_metadata_lies_at_both_places_and_is_the_same(doors: Doors) -> None:
    """RFC 9728 §3.1: the well-known string is inserted before the path; some clients ask at the root alone."""
    inserted, root = (httpx2.get(f"{doors.origin}{WELL_KNOWN}{path}", **LOOPBACK) for path in ("/mcp", ""))
    assert inserted.status_code == root.status_code == 200
    assert inserted.json() == root.json()


def test_the_resource_is_the_typed_url_byte_for_byte(doors: Doors) -> None:
    """RFC 9728 §3.3: clients must refuse metadata whose resource differs from the URL they asked about."""
    document = httpx2.get(f"{doors.origin}{WELL_KNOWN}/mcp", **LOOPBACK).json()
    assert document["resource"] == doors.mcp_url
    assert document["authorization_servers"] == [doors.issuer]
    assert document["bearer_methods_supported"] == ["header"]


def test_scopes_supported_leave_offline_access_out(doors: Doors) -> None:
    """RFC 9728 §2, SEP-2207: offline_access opens nothing at the resource (AS-82)."""
    document = httpx2.get(f"{doors.origin}{WELL_KNOWN}", **LOOPBACK).json()
    assert document["scopes_supported"] == ["memory:read", "memory:write", "gateway:call"]


def test_pages_of_any_origin_may_read_the_metadata(doors: Doors) -> None:
    """AS-83 on this side: browser clients discover from their own origin, without credentials."""
    answer = httpx2.get(f"{doors.origin}{WELL_KNOWN}", headers={"Origin": "https://app.example"}, **LOOPBACK)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_the_challenge_leads_to_the_metadata(doors: Doors) -> None:
    """RFC 9728 §5.1: WWW-Authenticate carries an absolute resource_metadata URL that answers."""
    challenge = httpx2.post(doors.mcp_url, json={}, **LOOPBACK).headers["www-authenticate"]
    url = challenge.split('resource_metadata="')[1].split('"')[0]
    assert httpx2.get(url, **LOOPBACK).json()["resource"] == doors.mcp_url
