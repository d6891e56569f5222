"""Where FastAPI and Starlette would do something else than an authorization server needs."""

import asyncio
import inspect
from typing import Any, get_args

import httpx2
import pytest
from fastapi.params import Depends
from sqlmodel import select

from auth_server import dependencies
from auth_server.models import AuditEvent, Client
from auth_server.settings import Settings
from tests.auth_harness import CALLBACK, AuthHarness, error_of, later
from tests.doors import Doors
from tests.loopback import LOOPBACK

EVERYBODY = httpx2.Limits(max_connections=None)


def test_the_unit_of_work_ends_before_the_answer_leaves() -> None:
    """A `yield` dependency commits after the response unless its scope is the function (see test_races.py too)."""
    sessions = [dependencies.SessionDep, dependencies.Server]
    found = [_depends_of(alias) for alias in sessions]
    opened = [depends for depends in found if inspect.isgeneratorfunction(depends.dependency)]
    assert [depends.scope for depends in opened] == ["function"]
    for depends in found[1:]:
        annotation = inspect.signature(depends.dependency).parameters["session"].annotation  # type: ignore[arg-type]  # ours
        assert _depends_of(annotation).scope == "function"


def _depends_of(alias: Any) -> Depends:
    return next(entry for entry in get_args(alias) if isinstance(entry, Depends))


def test_an_answer_is_committed_when_it_arrives(settled: AuthHarness) -> None:
    """What a registration names can be used by the next request of another connection."""
    for _ in range(5):
        client = settled.register()
        with settled.database() as session:
            assert session.get(Client, client.id) is not None


def test_a_returned_error_commits_what_it_decided(settled: AuthHarness) -> None:
    """OAuth errors are returned: raising would roll back the revocation that a replay must commit."""
    client = settled.register()
    code = settled.approve(client)["code"]
    tokens = settled.redeem(client, code).json()
    with later(seconds=30):
        assert settled.redeem(client, code).status_code == 400
    assert settled.introspect(tokens["access_token"]) == {"active": False}


def test_a_refused_request_leaves_nothing_behind(settled: AuthHarness) -> None:
    """A request that fails before it decides anything writes no row."""
    with settled.database() as session:
        before = len(session.exec(select(AuditEvent.id)).all())
    settled.http.post("/register", json={"redirect_uris": ["javascript:x"]})
    settled.redeem(settled.register(), "ac_unknown")
    with settled.database() as session:
        assert len(session.exec(select(AuditEvent.id)).all()) == before + 1


def test_issuer_and_resource_travel_as_strings(settled: AuthHarness) -> None:
    """A URL type would publish a trailing slash."""
    assert Settings.model_fields["issuer"].annotation is str
    assert Settings.model_fields["mcp_url"].annotation is str
    metadata = settled.http.get("/.well-known/oauth-authorization-server").json()
    assert not metadata["issuer"].endswith("/")


def test_errors_never_echo_what_was_sent(settled: AuthHarness) -> None:
    """FastAPI's own validation errors repeat the input; a token may be in it."""
    answer = settled.http.get("/internal/changes?after=sentinel-4711", headers=settled.resource_credential)
    assert error_of(answer) == (422, "invalid_request")
    assert "sentinel-4711" not in answer.text


def test_a_trailing_slash_is_no_redirect(settled: AuthHarness) -> None:
    """A redirected POST would lose its body, or carry a credential elsewhere."""
    assert settled.http.post("/token/", data={"a": "b"}).status_code == 404
    assert settled.http.post("/register/", json={"redirect_uris": [CALLBACK]}).status_code in (404, 405)


@pytest.mark.parametrize(("method", "path"), [("GET", "/.well-known/jwks.json"), ("POST", "/register")])
def test_more_requests_than_threads_are_all_answered(doors: Doors, method: str, path: str) -> None:
    """A session's opening, its route and its end each wait for a thread: none must be taken by who waits for them."""

    async def crowd() -> list[int]:
        document = {"redirect_uris": [CALLBACK]} if method == "POST" else None
        async with httpx2.AsyncClient(base_url=doors.issuer, timeout=20, limits=EVERYBODY, **LOOPBACK) as http:
            answers = await asyncio.gather(*(http.request(method, path, json=document) for _ in range(100)))
        return [answer.status_code for answer in answers]

    assert set(asyncio.run(crowd())) == {201 if method == "POST" else 200}
