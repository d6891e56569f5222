"""What the resource server believes when the authorization server is late, broken or replaced (AS-116)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import time_machine

from shared.clock import now
from tests.doors import Connection, Doors, wait_until
from tests.mcp_messages import request
from tests.resource_server.scripted_authorization_server import ScriptedAuthorizationServer
from tests.servers import RunningServer

GRANT = "grt_1"
STORE = request("tools/call", {"name": "memory_store", "arguments": {"value": "x"}})


class Scene:
    """The real resource server behind a scripted authorization server."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        file = doors.data_dir / "resource-server.credential"
        self.script = ScriptedAuthorizationServer(doors.issuer, doors.mcp_url, file)
        doors.auth = RunningServer(self.script.app, doors.auth_port)
        doors.start_resource()

    def post(self, token: str, message: dict[str, object] | None = None) -> httpx2.Response:
        """One call with `token`."""
        connection = Connection(self.doors.mcp_url, "cli_x", {"access_token": token})
        return connection.post(message or request("tools/list"))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A scene of its own for each test."""
    doors = Doors(tmp_path)
    scene = Scene(doors)
    yield scene
    scene.script.answers_now.set()
    doors.close()


def test_a_late_answer_cannot_undo_a_revocation(scene: Scene) -> None:
    """AS-116: the grant was asked about before it was revoked, and the answer arrives after the news."""
    token = scene.script.token(GRANT)
    scene.script.answers_now.clear()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(scene.post, token)
        wait_until(lambda: scene.script.requests["introspect"] == 1)
        feed = scene.script.requests["changes"]
        scene.script.announce(GRANT, "revoked")
        wait_until(lambda: scene.script.requests["changes"] > feed)
        wait_until(lambda: scene.post(token).status_code == 401)
        scene.script.answers_now.set()
        assert answer.result().status_code == 401
    assert scene.post(token).status_code == 401


def test_a_late_answer_cannot_undo_an_edit(scene: Scene) -> None:
    """An answer older than the news is asked again, not used and not kept."""
    token = scene.script.token(GRANT)
    scene.script.answers_now.clear()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(scene.post, token, STORE)
        wait_until(lambda: scene.script.requests["introspect"] == 1)
        feed = scene.script.requests["changes"]
        scene.script.announce(GRANT, "edited", scope="memory:read")
        wait_until(lambda: scene.script.requests["changes"] > feed)
        scene.script.answers_now.set()
        assert answer.result().status_code == 403
    assert scene.script.requests["introspect"] == 2


def test_a_flood_of_news_does_not_bury_a_revocation(scene: Scene) -> None:
    """AS-116: more grants change than are remembered, and the revoked one stays revoked."""
    token = scene.script.token(GRANT)
    assert scene.post(token).status_code == 200
    others = [{"grant_id": f"grt_other_{number}", "revision": 2, "state": "edited"} for number in range(10_001)]
    scene.script.grants[GRANT] |= {"active": False, "grant_rev": 2}
    scene.script.changes += [{"grant_id": GRANT, "revision": 2, "state": "revoked"}, *others]
    wait_until(lambda: scene.post(token).status_code == 401)


def test_a_clock_that_is_set_back_refuses_nobody(scene: Scene) -> None:
    """What was heard while the clock ran ahead was heard, and needs no waiting until the clock gets there again."""
    token = scene.script.token(GRANT)
    assert scene.post(token).status_code == 200
    with time_machine.travel(now() + timedelta(hours=1)):
        scene.script.announce(GRANT, "edited")
        wait_until(lambda: scene.doors.health()["revocations"] == "fresh")
    assert scene.post(token).status_code == 200


def test_a_token_of_a_newer_revision_is_not_judged_by_the_older(scene: Scene) -> None:
    """grant_rev in the token says how new an answer must be, even before the feed does."""
    assert scene.post(scene.script.token(GRANT)).status_code == 200
    scene.script.grants[GRANT].update(scope="memory:read", grant_rev=2)
    assert scene.post(scene.script.token(GRANT, grant_rev=2), STORE).status_code == 403


def test_a_grant_is_asked_about_once_per_revision(scene: Scene) -> None:
    """Twenty calls, several at once, and one question."""
    tokens = [scene.script.token(GRANT) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(scene.post, tokens * 5)} == {200}
    assert scene.script.requests["introspect"] == 1


def test_invented_key_ids_do_not_become_requests(scene: Scene) -> None:
    """AS-60: strangers choose `kid`; the keys are asked for at most once in ten seconds."""
    for _ in range(10):
        stranger = ScriptedAuthorizationServer(scene.doors.issuer, scene.doors.mcp_url, scene.doors.data_dir / "x")
        assert scene.post(stranger.token(GRANT)).status_code == 401
    assert scene.script.requests["keys"] == 1


def test_a_new_key_is_found_when_a_token_names_it(scene: Scene) -> None:
    """RFC 7517 §5: an unknown kid fetches the keys again, and the retired key is forgotten."""
    old = scene.script.token(GRANT, jti="unseen")
    assert scene.post(scene.script.token(GRANT)).status_code == 200
    scene.script.rotate_key()
    with time_machine.travel(now() + timedelta(seconds=11)):
        assert scene.post(scene.script.token(GRANT)).status_code == 200
        assert scene.post(old).status_code == 401


@pytest.mark.parametrize("part", ["keys", "introspect"])
def test_what_cannot_be_checked_is_unavailable_not_unauthorized(scene: Scene, part: str) -> None:
    """A 401 would make apps throw their tokens away: 503 with Retry-After."""
    scene.script.broken.add(part)
    answer = scene.post(scene.script.token(GRANT))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "www-authenticate" not in answer.headers


def test_a_replaced_credential_is_read_again(scene: Scene) -> None:
    """AS-94: the credential can be rotated while the server runs."""
    scene.script.credential = "rs_" + "d" * 43
    (scene.doors.data_dir / "resource-server.credential").write_text(scene.script.credential)
    assert scene.post(scene.script.token(GRANT)).status_code == 200


def test_an_inactive_grant_is_refused(scene: Scene) -> None:
    """RFC 7662 §2.2: active false, whatever the signature says."""
    token = scene.script.token(GRANT)
    scene.script.grants[GRANT]["active"] = False
    assert scene.post(token).status_code == 401
