"""The change feed between the processes: what a resource server hears of grants, and how soon."""

import threading
import time
from typing import Any

import pytest

from auth_server.grants import revoke_grant
from auth_server.models import Grant
from tests.auth_harness import AuthHarness, error_of


def feed(auth: AuthHarness, query: str = "") -> Any:
    return auth.new_browser().get(f"/internal/changes{query}", headers=auth.resource_credential)


def revoke(auth: AuthHarness, access_token: str) -> str:
    grant_id: str = auth.introspect(access_token)["grant_id"]
    with auth.database() as session:
        revoke_grant(session, session.get_one(Grant, grant_id), "test")
    return grant_id


def test_without_a_position_the_feed_says_where_it_stands(ada: AuthHarness) -> None:
    """A resource server that starts knows no grant yet and needs no history."""
    assert feed(ada).json() == {"sequence": 0, "changes": [], "erasures": []}
    revoke(ada, ada.tokens(ada.register())["access_token"])
    assert feed(ada).json() == {"sequence": 1, "changes": [], "erasures": []}


def test_changes_come_in_order_and_once(ada: AuthHarness) -> None:
    """The sequence of an answer is the position for the next question."""
    client = ada.register()
    revoked = [revoke(ada, ada.tokens(client)["access_token"]) for _ in range(3)]
    news = feed(ada, "?after=1").json()
    assert [change["grant_id"] for change in news["changes"]] == revoked[1:]
    assert news["sequence"] == 3
    assert feed(ada, "?after=3").json() == {"sequence": 3, "changes": [], "erasures": []}


def test_a_position_beyond_the_newest_is_answered_at_once(ada: AuthHarness) -> None:
    """Only a database taken back from a backup has less news than it told of: who asks must hear it, not wait."""
    revoke(ada, ada.tokens(ada.register())["access_token"])
    started = time.monotonic()
    assert feed(ada, "?after=7&wait=20").json() == {"sequence": 1, "changes": [], "erasures": []}
    assert time.monotonic() - started < 10


def test_a_change_ends_the_wait(ada: AuthHarness) -> None:
    """AS-38: a revocation is news within a second, not after the wait."""
    token = ada.tokens(ada.register())["access_token"]
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(feed(ada, "?after=0&wait=20")))
    started = time.monotonic()
    waiting.start()
    grant_id = revoke(ada, token)
    waiting.join(15)
    assert [change["grant_id"] for change in answers[0].json()["changes"]] == [grant_id]
    assert time.monotonic() - started < 10


MALFORMED = ["?after=x", "?after=-1", "?after=99999999999999999999", "?after=0&wait=26", "?wait=-1", "?wait=nan"]


@pytest.mark.parametrize("query", MALFORMED)
def test_a_malformed_question_is_refused(settled: AuthHarness, query: str) -> None:
    """422 as JSON, never a server error."""
    assert error_of(feed(settled, query)) == (422, "invalid_request")


def test_the_feed_is_for_the_resource_server_alone(settled: AuthHarness) -> None:
    """AS-94."""
    assert error_of(settled.http.get("/internal/changes")) == (401, "invalid_client")
    token = settled.tokens(settled.register())["access_token"]
    answer = settled.http.get("/internal/changes", headers={"Authorization": f"Bearer {token}"})
    assert error_of(answer) == (401, "invalid_client")
