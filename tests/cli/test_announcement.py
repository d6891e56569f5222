"""What `ostiary up` says at its start, for each kind of address."""

import pytest

from auth_server.settings import Settings
from cli.announcement import USUAL_MCP_URL, announce
from shared.master_key import MasterKey
from tests.auth_harness import AuthHarness
from tests.cli.invoking import run

pytestmark = pytest.mark.usefixtures("beside")

KEY = MasterKey(b"0" * 32, "a key of this test")
TARGET = "http://127.0.0.1:8000"


def said_at(settings: Settings, origin: str, capsys: pytest.CaptureFixture[str], target: str | None = TARGET) -> str:
    """The lines for people, in lower case."""
    announce(settings.model_copy(update={"issuer": origin, "mcp_url": f"{origin}/mcp"}), KEY, target)
    return capsys.readouterr().out.lower()


def test_the_demo_is_told_where_it_does_not_look_by_itself(
    beside: AuthHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = USUAL_MCP_URL.removesuffix("/mcp")
    assert "make demo" not in said_at(beside.settings, usual, capsys, None)
    assert "make demo url=http://localhost:8100/mcp" in said_at(beside.settings, "http://localhost:8100", capsys, None)


@pytest.mark.parametrize(("origin", "is_said"), [("https://x.example", False), ("https://x.example:8443", True)])
def test_another_public_port_than_443_is_not_for_hosted_apps(
    beside: AuthHarness, capsys: pytest.CaptureFixture[str], origin: str, is_said: bool
) -> None:
    assert ("claude.ai and chatgpt" in said_at(beside.settings, origin, capsys)) is is_said


def test_who_has_no_account_is_told_to_make_it_before_the_tunnel_opens(
    beside: AuthHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    before = "before you open the tunnel"
    assert before in said_at(beside.settings, "https://x.example", capsys)
    assert before not in said_at(beside.settings, "http://localhost:8000", capsys, None)
    run("users", "create", "--email", "root@example.org", "--admin", "--password-stdin", given="a" * 12)
    assert before not in said_at(beside.settings, "https://x.example", capsys)
