"""How apps see a tool is said on a page: by administrators of everybody's servers, by people of their own."""

import secrets
from typing import Any

import httpx2

from tests.consent_form import form_fields
from tests.gateway.conftest import Behind
from tests.gateway.test_tools import holder
from tests.key_holders import KeyHolder
from tests.loopback import LOOPBACK
from tests.web.browsing import Visitor


def test_an_administrator_renames_describes_and_hides_a_tool(ada: Visitor, behind: Behind, upstream_url: str) -> None:
    """G13: what is said on the page is what apps list."""
    behind.http("fix", upstream_url)
    app = holder(ada.doors)
    saved = shape(ada, "/manage/servers/fix", "add", name="sum", description="Sums up.")
    assert saved.headers["location"] == "/manage/servers/fix?done=shaped"
    assert "fix__add" not in listed(app)
    assert listed(app)["fix__sum"]["description"] == "Sums up."
    assert "Its own name is <code>add</code>" in ada.page("/manage/servers/fix")
    shape(ada, "/manage/servers/fix", "add", hidden="yes")
    assert not {"fix__add", "fix__sum"} & listed(app).keys()
    assert "Shown to no app" in ada.page("/manage/servers/fix")
    shape(ada, "/manage/servers/fix", "add", name="", description="", hidden="")
    assert listed(app)["fix__add"]["description"] == "Adds two numbers."


def test_no_two_tools_get_one_name_and_the_page_says_so(ada: Visitor, behind: Behind, upstream_url: str) -> None:
    behind.http("fix", upstream_url)
    answer = shape(ada, "/manage/servers/fix", "add", name="remember")
    assert answer.status_code == 400
    assert "rename or hide the other one first" in answer.text
    assert 'value="remember"' in answer.text, "what was typed stays"


def test_a_person_shapes_tools_of_their_own_server_alone(bea: Visitor, behind: Behind, upstream_url: str) -> None:
    """AS-104: how everybody's servers look is an administrator's to say."""
    behind.http("fix", upstream_url)
    mine = f"mine-{secrets.token_hex(3)}"
    bea.submit("/servers", "/servers", name=mine, url=upstream_url)
    assert shape(bea, f"/servers/{mine}", "add", name="sum").status_code == 303
    page = bea.page(f"/servers/{mine}")
    assert "<code>sum</code>" in page
    fields = {"csrf_token": csrf_token(bea), "tool": "add", "name": "sum"}
    assert "/tool?tool=" not in bea.page("/servers/fix")
    assert bea.post("/servers/fix/tool", fields).status_code == 404
    assert bea.post("/manage/servers/fix/tool", fields).status_code == 403
    upstream = behind.upstreams.named("fix")
    assert upstream is not None
    assert upstream.shaping.shapes == {}


def test_a_tool_that_the_server_does_not_list_has_no_page(ada: Visitor, behind: Behind, upstream_url: str) -> None:
    behind.http("fix", upstream_url)
    ada.page("/manage/servers")
    answer = ada.get("/manage/servers/fix/tool?tool=nothing")
    assert answer.status_code == 404
    assert "does not list a tool of that name" in answer.text


def shape(visitor: Visitor, place: str, tool: str, **changes: Any) -> httpx2.Response:
    """The form of one tool, sent with these changes."""
    typed = {"description": ""} | changes
    return visitor.submit(f"{place}/tool?tool={tool}", f"{place}/tool", **typed)


def csrf_token(visitor: Visitor) -> list[str]:
    """What forms of this session carry."""
    return form_fields(visitor.page("/servers"), "/sign-out")["csrf_token"]


def listed(app: KeyHolder) -> dict[str, dict[str, Any]]:
    """The tools that an app is shown."""
    url = app.mcp_url.removesuffix("/mcp") + "/mcp/tools"
    found = httpx2.get(url, headers=app.headers, **LOOPBACK).json()["tools"]
    return {tool["name"]: tool for tool in found}
