"""What a person sees and decides of their servers: on the consent page, later, and for keys of their own."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from tests.consent_form import PASSWORD, form_fields
from tests.doors import REDIRECT_URI, Doors, Person, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.test_tools import answered, names
from tests.key_holders import KeyHolder
from tests.servers import free_port

ACT = "gateway:call"


def consent_page(person: Person, client_id: str, scope: str = f"memory:read memory:write {ACT}", **more: Any) -> str:
    """What the request shows."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
        "scope": scope,
    }
    page = person.browser.get("/authorize", params=asked | more)
    assert page.status_code == 200, page.text
    return str(page.text)


def page_with(claim: Callable[[str], bool], person: Person, client_id: str, *asked: str, **more: Any) -> str:
    """The first page of which the claim is true: a server, or the list of them, may come too late for one before."""
    pages: list[str] = []

    def is_there() -> bool:
        pages.append(consent_page(person, client_id, *asked, **more))
        return claim(pages[-1])

    wait_until(is_there)
    return pages[-1]


def offered(page: str) -> list[str]:
    """The values of its boxes for tools."""
    return re.findall(r'name="server_tool" value="([^"]+)"', page)


def test_a_server_opens_to_its_tools_in_its_own_words(doors: Doors, behind: Behind, upstream_url: str) -> None:
    behind.http("fix", upstream_url)
    person, client_id = doors.person(), doors.register()
    page = page_with(lambda page: "fix add" in offered(page), person, client_id)
    assert {"fix *", "fix:reads *", "fix remember", "* *", "*:reads *"} <= set(offered(page))
    assert "Adds two numbers." in page
    assert not re.search(r'name="server_tool" value="[^"]+" checked', page)


def test_what_the_person_ticks_is_what_the_app_can_list_and_call(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    behind.http("fix", upstream_url)
    app = doors.person().connect(f"memory:read {ACT}", servers=("fix add", "fix fail"))
    wait_until(lambda: names(app) == ["fix__add", "fix__fail"])
    assert answered(app, "fix__add", one=1, two=2)["structuredContent"] == {"result": 3}
    assert "does not reach this tool" in answered(app, "fix__remember", text="x")["content"][0]["text"]


def test_an_app_steps_up_to_tools_by_the_scope_that_the_challenge_names(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    """RFC 6750 §3.1: also an app that registered for what the first challenge named."""
    behind.http("fix", upstream_url)
    person, client_id = doors.person(), doors.register(scope="memory:read memory:write")
    app = person.connect(client_id=client_id)
    refused = app.call("fix__add", one=1, two=1)
    assert refused.status_code == 403
    scope = refused.headers["www-authenticate"].partition('scope="')[2].partition('"')[0]
    assert f'value="{ACT}" checked' in consent_page(person, client_id, scope)
    stepped_up = person.connect(scope, client_id=client_id, servers=("fix *",))
    wait_until(lambda: names(stepped_up))
    assert answered(stepped_up, "fix__add", one=1, two=1)["structuredContent"] == {"result": 2}


def test_a_server_that_is_not_the_persons_is_named_and_left_out(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    behind.http("fix", upstream_url)
    details = [{"type": "server", "server": name, "tools": ["add"]} for name in ("fix", "jira")]
    asked = json.dumps(details)
    page = page_with(
        lambda page: bool(offered(page)), doors.person(), doors.register(), ACT, authorization_details=asked
    )
    assert "asks for jira too" in page
    assert offered(page) == ["fix add"]


def test_a_server_that_is_down_says_so_and_delays_nobody(doors: Doors, behind: Behind) -> None:
    behind.http("down", f"http://127.0.0.1:{free_port()}/mcp")
    person, client_id = doors.person(), doors.register()
    started = time.monotonic()
    consent_page(person, client_id)
    assert time.monotonic() - started < 3
    page = page_with(lambda page: "down cannot be reached" in page, person, client_id)
    assert [value for value in offered(page) if value.startswith("down")] == ["down *", "down:reads *"]
    assert "Only all of its tools can be given now." in page


def test_a_server_that_wants_a_credential_says_so(doors: Doors, behind: Behind, upstream_url: str) -> None:
    behind.http("fix", upstream_url, asks=("Authorization",))
    person, client_id = doors.person(), doors.register()
    wait_until(lambda: "You have not connected it yet" in consent_page(person, client_id))


def test_a_tool_that_changed_is_marked(doors: Doors, behind: Behind, upstream_url: str) -> None:
    upstream = behind.http("fix", upstream_url)
    person, client_id = doors.person(), doors.register()
    user_id = doors.claims(person.connect())["sub"]
    behind.accept(upstream, user_id, {"add": {"name": "add", "description": "As it was."}})
    wait_until(lambda: "It changed, and waits until you accept it again." in consent_page(person, client_id))


def test_whoever_has_no_servers_is_not_asked_about_them_beside_memories(doors: Doors) -> None:
    assert ACT not in consent_page(doors.person(), doors.register()).partition("Technical names")[0]


def test_one_persons_own_server_is_offered_to_nobody_else(doors: Doors, behind: Behind, upstream_url: str) -> None:
    ada, bob = doors.person(), doors.person()
    for name, person in (("hers", ada), ("his", bob)):
        behind.http(name, upstream_url, owner=doors.claims(person.connect())["sub"])
    page_with(lambda page: "hers add" in offered(page), ada, doors.register())
    assert "hers" not in page_with(lambda page: "his add" in offered(page), bob, doors.register())


def test_a_person_makes_a_key_for_tools_of_a_server(doors: Doors, behind: Behind, upstream_url: str) -> None:
    behind.http("fix", upstream_url)
    person = doors.person()
    form = form_fields(person.browser.get("/account/keys/new").text, "/account/keys")
    assert ACT not in form["scope"]
    choice = {"name": ["agent"], "scope": [ACT], "server_tool": ["fix:reads *"], "password": [PASSWORD]}
    made = person.browser.post("/account/keys", data=form | choice)
    assert "May use all tools of fix that change nothing, later ones too." in made.text
    secret = re.search(r"ost_\w+", made.text)
    assert secret, made.text
    key = KeyHolder(doors.mcp_url, secret[0])
    wait_until(lambda: "fix__add" in names(key))
    assert "fix__remember" not in names(key)
