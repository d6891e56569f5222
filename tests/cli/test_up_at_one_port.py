"""`ostiary up --single-port` and `--public-url`: one port, one address, and clear words when they cannot be had."""

import re
import socket
from pathlib import Path

import httpx2
import pytest
import typer

from cli.public_url import public_origin, use_public_url
from resource_server.app import create_app
from resource_server.settings import Settings
from shared.starting import CannotStartError
from tests.cli.running import RunningPair, ostiary, running_pair, started
from tests.clients.form_person import FormPerson
from tests.clients.sdk_app import SdkApp, texts
from tests.consent_form import form_fields
from tests.doors import new_person
from tests.loopback import LOOPBACK
from tests.loopback_callback import LoopbackCallback

pytestmark = pytest.mark.xdist_group("up")

PUBLIC = "https://memory.example.org"
LOOPBACK_IN_PROC = ("0100007F:", "00000000000000000000000001000000:")
TUNNEL = {"Host": "memory.example.org", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def listens_on_loopback_alone(pair: RunningPair, name: str) -> bool:
    """Whether every socket of that process that accepts connections does so here, as Linux lists them."""
    if not Path("/proc/net/tcp").exists():
        return True
    links = [str(link.readlink()) for link in Path(f"/proc/{pair.children()[name]}/fd").iterdir()]
    own = {found[1] for link in links if (found := re.match(r"socket:\[(\d+)\]", link))}
    rows = [line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[9] in own]
    return bool(listening) and all(address.startswith(LOOPBACK_IN_PROC) for address in listening)


@pytest.mark.anyio
async def test_everything_is_at_the_one_port_of_two_processes(tmp_path: Path) -> None:
    """The link, the sign-in, an app of the SDK, and nothing else that listens beyond the loopback."""
    with running_pair(tmp_path, options=("--single-port",), start=started) as pair, LoopbackCallback() as callback:
        assert pair.mcp_url == f"{pair.issuer}/mcp"
        [link] = [line.strip() for line in pair.said.splitlines() if "/setup?token=" in line]
        assert link.startswith(pair.issuer)
        assert httpx2.get(link, **LOOPBACK).status_code == 200
        person = new_person(pair, tmp_path / "data")
        app = SdkApp(pair.mcp_url, "One port", FormPerson(person), callback)  # type: ignore[arg-type]  # no screen
        async with app.connected("auto") as client:
            await client.call_tool("memory_store", {"text": "One port is enough.", "key": "port"})
            assert texts(await client.call_tool("memory_recall", {"key": "port"})) == ["One port is enough."]
        person.browser.close()
        assert httpx2.get(f"{pair.issuer}/introspect", **LOOPBACK).status_code == 404
        assert listens_on_loopback_alone(pair, "auth")


def test_a_public_url_is_the_address_of_everything(tmp_path: Path) -> None:
    """AS-84: the tunnel's end on this machine is believed, without a setting, and its plain http refused."""
    with running_pair(tmp_path, options=("--public-url", f"{PUBLIC}/")) as pair:
        assert (pair.issuer, pair.mcp_url) == (PUBLIC, f"{PUBLIC}/mcp")
        [link] = [line.strip() for line in pair.said.splitlines() if "/setup?token=" in line]
        assert link.startswith(f"{PUBLIC}/setup?token=")
        [target] = re.findall(r"http://127\.0\.0\.1:\d+", pair.said)
        metadata = httpx2.get(f"{target}/.well-known/oauth-authorization-server", headers=TUNNEL, **LOOPBACK)
        assert metadata.json()["issuer"] == PUBLIC
        page = httpx2.get(target + link.removeprefix(PUBLIC), headers=TUNNEL, **LOOPBACK)
        assert form_fields(page.text, "/setup")
        signing_in = httpx2.get(f"{target}/login", headers=TUNNEL, **LOOPBACK)
        assert signing_in.headers["set-cookie"].startswith("__Host-")
        assert len(signing_in.headers.get_list("strict-transport-security")) == 1
        readable = TUNNEL | {"X-Forwarded-Proto": "http"}
        assert httpx2.get(f"{target}/login", headers=readable, **LOOPBACK).status_code == 403
        assert httpx2.post(f"{target}/mcp", json={}, headers=TUNNEL, **LOOPBACK).status_code == 401


def start(folder: Path, *options: str, **settings: str) -> str:
    """The one line a start that must fail says."""
    ended = ostiary(folder, "up", "--auth-port", "0", "--mcp-port", "0", *options, settings=settings)
    assert ended.returncode == 2, ended
    [line] = ended.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("variable", "value"), [("OSTIARY_ISSUER", "https://other.example"), ("OSTIARY_MCP_URL", f"{PUBLIC}/memory")]
)
def test_a_setting_that_contradicts_the_public_url_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(typer.Exit):
        use_public_url(PUBLIC)
    [line] = capsys.readouterr().err.splitlines()
    assert all(said in line for said in (variable, value, "--public-url"))


def test_one_port_with_two_addresses_is_said_as_that(tmp_path: Path) -> None:
    """In one line, before anything runs."""
    addresses = {"OSTIARY_ISSUER": "https://a.example", "OSTIARY_MCP_URL": "https://b.example/mcp"}
    options = ("--single-port", "--auth-port", "0", "--mcp-port", "0")
    ended = ostiary(tmp_path, "up", *options, settings=addresses)
    assert ended.returncode == 2, ended
    [line] = ended.stderr.splitlines()
    assert all(name in line for name in addresses)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"mcp_url": f"{PUBLIC}/login"}, "OSTIARY_MCP_URL"),
        ({"mcp_url": f"{PUBLIC}/account/mcp"}, "OSTIARY_MCP_URL"),
        ({"auth_internal_url": ""}, "OSTIARY_RESOURCE_AUTH_INTERNAL_URL"),
        ({"auth_internal_url": f"{PUBLIC}/"}, "OSTIARY_RESOURCE_AUTH_INTERNAL_URL"),
        ({"issuer": "https://other.example"}, "OSTIARY_ISSUER"),
    ],
    ids=str,
)
def test_settings_that_one_port_cannot_serve_stop_the_server(
    tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    """Without the other server's own address it would pass requests on to itself, for ever."""
    good = {"issuer": PUBLIC, "mcp_url": f"{PUBLIC}/mcp", "auth_internal_url": "http://127.0.0.1:9000"}
    with pytest.raises(CannotStartError, match=named):
        create_app(Settings(data_dir=tmp_path, single_port=True, **(good | settings)))


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """The port of the authorization server is its own business: 9000 may be taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = ostiary(tmp_path, "up", "--single-port", "--mcp-port", port)
    assert ended.returncode == 2
    assert "--mcp-port" in ended.stderr


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://name.example", "https://name.example"),
        ("https://name.example/", "https://name.example"),
        (" https://Name.Example:443/ ", "https://name.example"),
        ("https://name.example:8443", "https://name.example:8443"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_a_public_url_is_spelt_as_browsers_spell_it(given: str, meant: str) -> None:
    assert public_origin(given) == meant


@pytest.mark.parametrize(
    "given",
    [
        "http://name.example",
        "name.example",
        "https://",
        "ftp://name.example",
        "https://name.example/path",
        "https://name.example//",
        "https://name.example/mcp",
        "https://name.example?x=1",
        "https://name.example#x",
        "https://me@name.example",
        "https://name.example:port",
        "https://münchen.example",
        "https://name example",
        "",
    ],
)
def test_other_public_urls_are_refused_in_one_line(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ending:
        public_origin(given)
    assert ending.value.exit_code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "--public-url" in line
