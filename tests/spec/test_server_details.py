"""RFC 9396 and RFC 6749 §3.3: tools of other servers are asked for, given and named by details and by scopes."""

import json
from typing import Any

import pytest

from tests.auth_harness import PASSWORD, AuthHarness
from tests.consent_form import form_fields, own_origin
from tests.spec.consent_steps import consent_form, granted, send

PERSONAL = {"type": "memory", "actions": ["read", "write"], "namespaces": ["personal"]}
ACT = "gateway:call"


def server(name: str, *tools: str, read_only: bool = False) -> dict[str, Any]:
    return {"type": "server", "server": name, "tools": list(tools or ("*",)), "read_only": read_only}


def test_an_app_that_asks_for_memories_alone_is_offered_no_servers(settled: AuthHarness) -> None:
    page = settled.authorize(settled.register(), scope="memory:read memory:write").text
    assert f'value="{ACT}"' not in page


def test_an_app_that_asks_for_servers_alone_is_offered_no_memories(settled: AuthHarness) -> None:
    client = settled.register()
    page = settled.authorize(client, scope=ACT).text
    assert f'name="scope" value="{ACT}" checked' in page
    assert "memory:read" not in page.partition("<form class")[2].partition("Technical names")[0]
    send(settled, consent_form(settled, client, scope=ACT) | {"server_tool": ["github search"]})
    grant = granted(settled, client)[0]
    assert (grant.scope, grant.details_json) == (ACT, [server("github", "search")])


def test_nothing_of_servers_is_ticked_for_a_new_app(settled: AuthHarness) -> None:
    client = settled.register()
    form = consent_form(settled, client, scope=f"memory:read memory:write {ACT}")
    assert (form["scope"], "server_tool" in form) == (["memory:read", "memory:write"], False)
    send(settled, form)
    assert granted(settled, client)[0].scope == "memory:read memory:write"


@pytest.mark.parametrize(
    ("ticked", "kept"),
    [
        (["github *"], [server("github")]),
        (["github:reads *", "github merge"], [server("github", "merge"), server("github", read_only=True)]),
        (["github *", "github merge"], [server("github")]),
        (["* *"], [server("*")]),
        (["files b", "github a", "files a"], [server("files", "a", "b"), server("github", "a")]),
        (["UPPER x", "github", "github ", "github a", "a__b c"], [server("github", "a")]),
    ],
)
def test_what_is_ticked_is_what_the_grant_names(settled: AuthHarness, ticked: list[str], kept: list[Any]) -> None:
    client = settled.register()
    send(settled, consent_form(settled, client, scope=ACT) | {"server_tool": ticked})
    assert granted(settled, client)[0].details_json == kept


def test_a_person_who_ticks_no_tool_is_asked_again(settled: AuthHarness) -> None:
    client = settled.register()
    assert send(settled, consent_form(settled, client, scope=ACT)).status_code == 400
    assert granted(settled, client) == []


@pytest.mark.parametrize(
    ("asked", "ticked", "kept"),
    [
        (server("github", "a", "b"), ["github b", "github c", "files a"], server("github", "b")),
        (server("github", "a", "b"), ["* *"], server("github", "a", "b")),
        (server("github", read_only=True), ["github *"], server("github", read_only=True)),
        (server("*", "search"), ["github *"], server("github", "search")),
    ],
)
def test_a_choice_never_exceeds_what_the_request_names(
    settled: AuthHarness, asked: dict[str, Any], ticked: list[str], kept: dict[str, Any]
) -> None:
    """AS-26."""
    client = settled.register()
    form = consent_form(settled, client, scope=ACT, authorization_details=json.dumps([asked]))
    send(settled, form | {"server_tool": ticked})
    assert granted(settled, client)[0].details_json == [kept]


def test_tools_asked_for_by_name_are_ticked_and_every_server_is_not(settled: AuthHarness) -> None:
    asked = json.dumps([server("github", "a", "b"), server("*")])
    form = consent_form(settled, settled.register(), scope=ACT, authorization_details=asked)
    assert "server_tool" not in form  # every server covers the one that is named
    asked = json.dumps([server("github", "a", "b"), server("files", read_only=True)])
    form = consent_form(settled, settled.register(), scope=ACT, authorization_details=asked)
    assert form["server_tool"] == ["files:reads *", "github a", "github b"]


def test_details_of_servers_ask_for_their_scope(settled: AuthHarness) -> None:
    """RFC 9396 §3.1: details come with a scope or without."""
    client = settled.register()
    asked = json.dumps([server("github", "a")])
    send(settled, consent_form(settled, client, scope=None, authorization_details=asked))
    assert granted(settled, client)[0].scope == ACT


def test_an_app_that_asks_again_starts_with_what_it_has_and_what_it_asks_for(settled: AuthHarness) -> None:
    """AS-27: a step-up loses nothing."""
    client = settled.register()
    settled.tokens(client, scope=ACT, choices={"server_tool": ["github a", "files *"]})
    assert consent_form(settled, client, scope=ACT)["server_tool"] == ["files *", "github a"]


def test_a_scope_that_names_a_server_narrows_to_it_and_is_named_in_the_token(settled: AuthHarness) -> None:
    """RFC 6749 §3.3."""
    client = settled.register(scope="memory:read server:github")
    choices = {"scope": [ACT], "server_tool": ["github *", "files *"]}
    tokens = settled.tokens(client, scope="server:github", choices=choices)
    assert tokens["scope"] == f"{ACT} server:github"
    assert tokens["authorization_details"] == [server("github")]
    assert settled.introspect(tokens["access_token"])["scope"] == f"{ACT} server:github"
    refreshed = settled.refresh(client, tokens["refresh_token"], scope="server:github").json()
    assert refreshed["scope"] == f"{ACT} server:github"


@pytest.mark.parametrize("scope", ["gateway:manage", "memory:read gateway:manage", "server:NotAName", "server:"])
def test_what_no_app_may_ask_for_is_not_offered(settled: AuthHarness, scope: str) -> None:
    form = consent_form(settled, settled.register(scope=f"memory:read {ACT} {scope}"), scope=scope)
    assert not {"gateway:manage", ACT} & set(form["scope"])


@pytest.mark.parametrize(
    "wrong", [{"server": "a__b"}, {"tools": []}, {"tools": "all"}, {"tools": [""]}, {"read_only": 7}, {"more": 1}]
)
def test_details_that_are_none_are_refused(settled: AuthHarness, wrong: dict[str, Any]) -> None:
    """RFC 9396 §5."""
    asked = json.dumps([server("github") | wrong])
    answer = settled.redirected_error(settled.connected_client(), scope=ACT, authorization_details=asked)
    assert answer["error"] == "invalid_authorization_details"


def test_a_grant_is_shown_and_changed_with_its_tools(settled: AuthHarness) -> None:
    """AS-115: less at once, more with the password."""
    client = settled.register()
    settled.tokens(client, scope=f"memory:read {ACT}", choices={
        "scope": ["memory:read", ACT], "read": ["personal"], "server_tool": ["github a", "github b", "github:reads *"],
    })  # fmt: skip
    shown = "May use 2 tools of github and all tools of github that change nothing, later ones too."
    assert shown in settled.http.get("/account/apps").text
    where = f"/account/grants/{granted(settled, client)[0].id}"
    form = form_fields(settled.http.get(where).text, where)
    assert form["server_tool"] == ["github:reads *", "github a", "github b"]
    saved = settled.http.post(where, data=form | {"server_tool": ["github a"]}, headers=own_origin(settled.http))
    assert saved.status_code == 303
    assert granted(settled, client)[0].details_json[1:] == [server("github", "a")]
    form = form_fields(settled.http.get(where).text, where)
    wider = form | {"server_tool": ["github a", "files *"]}
    asked = settled.http.post(where, data=wider, headers=own_origin(settled.http))
    assert "May use all tools of files, later ones too." in asked.text or "may use all tools of files" in asked.text
    confirmed = wider | {"password": [PASSWORD]}
    assert settled.http.post(where, data=confirmed, headers=own_origin(settled.http)).status_code == 303
    assert granted(settled, client)[0].details_json[1:] == [server("files"), server("github", "a")]


def test_a_change_of_memories_leaves_the_servers_alone(settled: AuthHarness) -> None:
    client = settled.register()
    settled.tokens(client, scope=f"memory:read memory:write {ACT}", choices={
        "scope": ["memory:read", "memory:write", ACT], "server_tool": ["github a"],
    })  # fmt: skip
    where = f"/account/grants/{granted(settled, client)[0].id}"
    form = form_fields(settled.http.get(where).text, where)
    settled.http.post(where, data=form | {"scope": ["memory:read", ACT]}, headers=own_origin(settled.http))
    grant = granted(settled, client)[0]
    assert grant.scope == f"memory:read {ACT}"
    assert server("github", "a") in grant.details_json
