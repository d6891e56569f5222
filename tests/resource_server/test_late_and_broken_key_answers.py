"""What the resource server believes of keys when the authorization server is late, broken or interrupted (AS-116)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from shared.clock import now
from tests.doors import wait_until
from tests.resource_server.test_late_and_broken_answers import STORE, Scene, scene

__all__ = ["scene"]  # the fixture of the neighbour
KEY = "key_1"


def test_a_key_is_asked_about_once_a_minute(scene: Scene) -> None:
    """Twenty calls, several at once, and one question; a minute later another, by which its use is noted."""
    secret = scene.script.key(KEY)
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(scene.post, [secret] * 20)} == {200}
    assert scene.script.requests["introspect"] == 1
    scene.script.key("another")
    with time_machine.travel(now() + timedelta(seconds=61)):
        scene.script.announce("another", "edited")  # the feed is heard at once, instead of when its long poll ends
        wait_until(lambda: scene.post(secret).status_code == 200)
    assert scene.script.requests["introspect"] == 2


def test_a_guess_is_asked_about_once(scene: Scene) -> None:
    """For some seconds: who repeats a wrong key asks nobody."""
    assert {scene.post("no-key-at-all").status_code for _ in range(5)} == {401}
    assert scene.script.requests["introspect"] == 1


def test_many_guesses_push_out_no_good_key(scene: Scene) -> None:
    """Strangers decide how many there are."""
    secret = scene.script.key(KEY)
    assert scene.post(secret).status_code == 200
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(scene.post, [f"guess-{number}" for number in range(50)]))
    asked = scene.script.requests["introspect"]
    assert scene.post(secret).status_code == 200
    assert scene.script.requests["introspect"] == asked


def test_a_late_answer_cannot_undo_what_the_feed_said_of_a_key(scene: Scene) -> None:
    """AS-116: revoked between question and answer."""
    secret = scene.script.key(KEY)
    scene.script.answers_now.clear()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(scene.post, secret)
        wait_until(lambda: scene.script.requests["introspect"] == 1)
        feed = scene.script.requests["changes"]
        scene.script.announce(KEY, "revoked")
        wait_until(lambda: scene.script.requests["changes"] > feed)
        scene.script.answers_now.set()
        assert answer.result().status_code == 401
    assert scene.script.requests["introspect"] == 2


def test_after_an_interruption_a_key_is_asked_about_again(scene: Scene) -> None:
    """What changed meanwhile may have been missed."""
    secret = scene.script.key(KEY)
    assert scene.post(secret).status_code == 200
    scene.script.broken.add("changes")
    seen = scene.script.requests["changes"]
    wait_until(lambda: scene.script.requests["changes"] > seen + 1)
    scene.script.grants[KEY]["active"] = False
    scene.script.broken.clear()
    wait_until(lambda: scene.post(secret).status_code == 401)


BROKEN: dict[str, Any] = {
    "without a person": {"sub": None},
    "an odd end": {"exp": "soon"},
    "no revision": {"grant_rev": {}},
}


@pytest.mark.parametrize("what", BROKEN)
def test_an_answer_that_is_not_understood_is_unavailable_not_unauthorized(scene: Scene, what: str) -> None:
    """AS-49: 503; nobody throws a good key away."""
    secret = scene.script.key(KEY)
    scene.script.grants[KEY].update(BROKEN[what])
    assert scene.post(secret, STORE).status_code == 503
