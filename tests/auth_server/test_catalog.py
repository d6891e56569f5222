"""The consent page offers the namespaces that exist, and does not wait for a resource server that is away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.sharing.membership import Role
from resource_server.memory.store import open_stores
from resource_server.settings import Settings
from shared.database import open_engine
from shared.master_key import MasterKey
from tests.auth_harness import AuthHarness, auth_settings
from tests.doors import REDIRECT_URI, Doors, wait_until
from tests.servers import RunningServer, free_port
from tests.silent_server import silent_server

CHALLENGE = "a" * 43


@contextmanager
def canned_server(body: bytes) -> Iterator[str]:
    """A resource server that always answers `body`."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(body, media_type="application/json")(scope, receive, send)

    port = free_port()
    server = RunningServer(answer, port)
    yield f"http://127.0.0.1:{port}"
    server.stop()


def offered(page: str, action: str) -> list[str]:
    """The namespaces with a box for `action`, as the page lists them."""
    return [part.split('"')[0] for part in page.split(f'name="{action}" value="')[1:]]


def consent_page(doors: Doors, browser: Any) -> str:
    """What a new app's request shows."""
    asked = {
        "response_type": "code",
        "client_id": doors.register(),
        "redirect_uri": REDIRECT_URI,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    page = browser.get("/authorize", params=asked)
    assert page.status_code == 200
    return str(page.text)


def complete_page(doors: Doors, browser: Any, is_complete: Callable[[str], bool]) -> str:
    """The same once it shows what the resource server says, which a busy machine may say too late for the first."""
    pages: list[str] = []

    def asked() -> bool:
        pages.append(consent_page(doors, browser))
        return is_complete(pages[-1])

    wait_until(asked)
    return pages[-1]


def test_a_new_app_is_offered_what_other_apps_filled(doors: Doors) -> None:
    """The resource server knows the namespaces, also those whose app is long disconnected."""
    person = doors.person()
    writer = person.connect(read=("garden",), write=("garden",))
    stored = writer.call("memory_store", value="The roses are red.", namespace="garden")
    assert stored.status_code == 200
    assert not stored.json()["result"].get("isError")
    doors.revoke(writer)
    page = complete_page(doors, person.browser, lambda page: "garden" in offered(page, "read"))
    assert offered(page, "read") == ["personal", "garden", "*"]


def test_one_persons_namespaces_are_not_offered_to_another(doors: Doors) -> None:
    """The catalog is asked in the name of whoever is signed in, and the page that shows one's own shows no other's."""
    people = {name: doors.person() for name in ("secret-plans", "bobs-garden")}
    for name, person in people.items():
        app = person.connect(write=(name,))
        app.call("memory_store", value="Hush.", namespace=name)
        doors.revoke(app)
    page = complete_page(doors, people["bobs-garden"].browser, lambda page: "bobs-garden" in page)
    assert "secret-plans" not in page


def test_a_resource_server_that_does_not_answer_delays_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second the page is there, with `personal` and what the person's grants name."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with silent_server() as silent:
        auth = AuthHarness(auth_settings(tmp_path, resource_internal_url=silent.url))
        auth.create_user()
        auth.sign_in()
        auth.tokens(auth.register(), choices={"write": ["work"]})
        page = auth.authorize(auth.register())
        assert silent.waited("/internal/catalog") < 2
    assert offered(page.text, "write") == ["personal", "work", "*"]


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"namespaces": 7}', b'{"namespaces": [7, "<b>", "ok"]}', b"\xff", b"not json"]
)
def test_an_answer_in_the_wrong_form_is_no_server_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    """What is not a namespace is not offered, whoever says so."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with canned_server(body) as url:
        auth = AuthHarness(auth_settings(tmp_path, resource_internal_url=url))
        auth.create_user()
        auth.sign_in()
        page = auth.authorize(auth.register())
    assert page.status_code == 200
    assert offered(page.text, "read") in (["personal", "*"], ["personal", "ok", "*"])


def test_a_namespace_that_others_share_is_marked(doors: Doors) -> None:
    """C22: with how many people, and what the person may do there."""
    owner, reader = (doors.person() for _ in range(2))
    ids = [doors.claims(person.connect())["sub"] for person in (owner, reader)]
    engine = open_engine(f"sqlite:///{doors.data_dir / 'resource.db'}")
    stores = open_stores(Settings(**doors.shared, embedder="none"), engine, MasterKey(bytes(32), "never used"))
    sharing = Sharing(engine, stores)
    share = sharing.create("our-home", ids[0], "Ada")
    sharing.add(share.id, ids[1], Role.READER, "Bob")
    stores.close()
    engine.dispose()
    for person, said in ((owner, "shared by 2 people"), (reader, "shared by 2 people, you may only read it")):
        complete_page(doors, person.browser, lambda page: f"our-home ({said})" in page)  # noqa: B023 (asked at once)
    stranger = doors.person()
    app = stranger.connect(write=("elsewhere",))
    app.call("memory_store", value="x", namespace="elsewhere")
    doors.revoke(app)
    assert "our-home" not in complete_page(doors, stranger.browser, lambda page: "elsewhere" in page)
