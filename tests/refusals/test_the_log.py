"""The lines themselves: closed vocabularies, bounded in number, never what somebody else wrote."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import time_machine

from shared.log_floods import OF_ALL, OF_ONE_CLIENT, RefusalFloods
from shared.refusals import EVENT, Reason, Step, loggable_client_id, note_refusal
from tests.auth_harness import AuthHarness, auth_settings
from tests.cli.running import ROOT
from tests.consent_form import form_fields, own_origin
from tests.refusals import calling, test_authorization_server
from tests.refusals.ways import Way, assert_explained

APP, DOCUMENT = "cli_01kah0000000000000000000bb", "https://claude.ai/oauth/client"
ELSEWHERE = {
    Reason.AUTH_SERVER_UNREACHABLE,  # beside its table, with a server that stands alone
    Reason.PLAIN_HTTP,  # below
    Reason.HEAD_TOO_LARGE,  # the answers of these are statements about the single port,
    Reason.SLOW_CLIENT,
    Reason.TOO_MANY_SESSIONS,  # about sessions,
    Reason.TOO_MANY_AT_ONCE,  # about signing in,
    Reason.SERVER_FAILED,  # and about failures of our own
}


def test_every_reason_has_a_way_in_the_tables() -> None:
    provoked = {way.reason for way in (*calling.WAYS, *test_authorization_server.WAYS)}
    assert set(Reason) - provoked == ELSEWHERE


def test_plain_http_at_a_public_address_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OAuth 2.1 §1.5."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    public = {"issuer": "https://memory.example", "mcp_url": "https://memory.example/mcp"}
    auth = AuthHarness(auth_settings(tmp_path, **public))

    def over_plain_http(_place: AuthHarness) -> Any:
        return auth.browser_at("192.0.2.1").get("http://memory.example/login")

    assert_explained(Way(Step.REACH, Reason.PLAIN_HTTP, 403, "X-Forwarded-Proto", over_plain_http), auth)


@pytest.fixture
def written() -> Iterator[list[dict[str, Any]]]:
    """What passes the flood's gate, with the clock standing still."""
    lines: list[dict[str, Any]] = []

    def keep(_logger: object, _method: str, event: Any) -> Any:
        lines.append(dict(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[RefusalFloods(), keep])
    yield lines
    structlog.configure(**before)


def refuse(times: int, client_id: str = "") -> None:
    for _ in range(times):
        note_refusal(Step.CALL, Reason.TOKEN_EXPIRED, client_id=client_id)


def test_one_client_fills_no_log(written: list[dict[str, Any]]) -> None:
    with time_machine.travel(time.time(), tick=False):
        refuse(OF_ONE_CLIENT + 5, APP)
        refuse(1, DOCUMENT)
    assert len(written) == OF_ONE_CLIENT + 1
    assert written[-1]["untold"] == 5


def test_many_clients_fill_no_log_either(written: list[dict[str, Any]]) -> None:
    with time_machine.travel(time.time(), tick=False):
        for number in range(OF_ALL + 40):
            refuse(1, f"https://app{number}.example/client")
        note_refusal(Step.CALL, Reason.GRANT_ENDED)
    assert len(written) == OF_ALL + 1


def test_the_next_minute_says_how_much_was_left_out(written: list[dict[str, Any]]) -> None:
    with time_machine.travel(time.time(), tick=False) as clock:
        refuse(OF_ONE_CLIENT + 7, APP)
        clock.shift(61)
        refuse(1, APP)
    assert written[-1]["untold"] == 7


def test_dead_setup_links_fill_no_log(ada: AuthHarness, written: list[dict[str, Any]]) -> None:
    """AS-119: whoever tries links writes ten lines a minute, looking and sending alike."""
    browser = ada.new_browser()
    form = form_fields(browser.get("/login").text, "/login") | {"token": ["setup_x"]}
    with time_machine.travel(time.time(), tick=False):
        for _ in range(OF_ONE_CLIENT):
            assert browser.get("/setup", params={"token": "setup_x"}).status_code == 403
            assert browser.post("/setup", data=form, headers=own_origin(browser)).status_code == 403
    told = [line for line in written if line["event"] == EVENT]
    assert [line["reason"] for line in told] == ["setup_link_dead"] * OF_ONE_CLIENT


LIBRARY = """
import logging
from shared.logging import configure_logging
configure_logging("INFO", "auth")
for number in range(30):
    logging.getLogger("uvicorn.error").warning("Trouble %d.\\n", number)
try:
    raise ValueError("a cause")
except ValueError:
    logging.getLogger("uvicorn.error").exception("Failed.")
"""


def test_what_libraries_say_has_the_form_of_our_lines_and_their_bounds() -> None:
    """Also what they say of strangers' requests; the cause of a failure is there, in one line."""
    said = subprocess.run([sys.executable, "-c", LIBRARY], cwd=ROOT, capture_output=True, text=True, check=True)
    *trouble, failure = said.stderr.splitlines()
    assert len(trouble) in range(OF_ONE_CLIENT, 2 * OF_ONE_CLIENT + 1)  # the clock may turn to another minute
    assert all("level='warning' process='auth' event='library_said'" in line for line in trouble)
    assert "said='Trouble 0.'" in trouble[0]
    assert "library='uvicorn.error'" in failure
    assert "ValueError: a cause" in failure


@pytest.mark.parametrize("client_id", ["rt_secret", "ada@example.org", "x" * 99, "https://a.example/<script>", ""])
def test_an_id_that_anybody_could_have_written_is_left_out(client_id: str) -> None:
    """AS-110."""
    assert loggable_client_id(client_id) == ""


def test_a_document_is_named_without_its_query() -> None:
    """AS-110."""
    assert loggable_client_id(f"{DOCUMENT}?token=x") == DOCUMENT
    assert loggable_client_id(APP) == APP
