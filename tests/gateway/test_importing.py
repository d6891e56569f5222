"""`ostiary gateway import` and servers.txt: the JSON with `mcpServers` that other programs keep."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from resource_server.app import create_app
from resource_server.settings import Settings
from shared.starting import CannotStartError
from tests.cli.invoking import refuse, run
from tests.doors import MASTER_KEY

SERVERS = {
    "mcpServers": {
        "Exa Search": {"url": "http://127.0.0.1:9/mcp", "headers": {"x-api-key": "very-secret"}},
        "exa search!": {"type": "sse", "url": "http://127.0.0.1:9/sse"},
        "files": {"command": "npx", "args": ["-y", "server-files", "/tmp"], "env": {"KEY": "very-secret"}, "cwd": "/"},
        "off": {"command": "server", "disabled": True},
        "unfilled": {"command": "server", "env": {"KEY": "${TOKEN}"}},
        "neither": {"args": []},
        "far": {"url": "http://example.com/mcp"},
    }
}


def written(path: Path, servers: dict[str, Any]) -> str:
    """The path of a file with these servers."""
    path.write_text(json.dumps({"mcpServers": servers}))
    path.chmod(0o600)
    return str(path)


def listed() -> dict[str, dict[str, Any]]:
    """What there is, by name."""
    return {one["name"]: one for one in json.loads(run("gateway", "list", "--json"))}


@pytest.mark.usefixtures("commands")
def test_the_file_of_another_program_is_imported_with_a_report(tmp_path: Path) -> None:
    file = written(tmp_path / "claude_desktop_config.json", SERVERS["mcpServers"])
    tried = run("gateway", "import", file, "--dry-run")
    assert "would be added as exa-search, http" in tried
    assert listed() == {}
    said = run("gateway", "import", file)
    assert "exa search!: added as exa-search-2, sse" in said
    assert "files: added as files, stdio. Left out: cwd." in said
    assert "${TOKEN} is filled in" in said
    assert "neither: It needs a command or a URL" in said
    assert "far: example.com is asked for without TLS" in said
    assert "very-secret" not in tried + said
    found = listed()
    assert sorted(found) == ["exa-search", "exa-search-2", "files", "off"]
    assert found["files"]["command"] == ["npx", "-y", "server-files", "/tmp"]
    assert found["exa-search"]["sends"] == ["x-api-key"]
    assert found["off"]["is_enabled"] is False
    again = json.loads(run("gateway", "import", file, "--json"))
    assert not any(one["is_added"] for one in again)


@pytest.mark.usefixtures("commands")
@pytest.mark.parametrize("text", ["", "[1", "[]", "{}", '{"mcpServers": []}', "[" * 100_000])
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)
    assert "cannot be used" in refuse("gateway", "import", str(file))


class Installation:
    """A data folder whose resource server is started, as far as servers.txt counts."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def start(self, servers: dict[str, Any] | None = None, **settings: Any) -> None:
        """With this servers.txt."""
        if servers is not None:
            written(self.data_dir / "servers.txt", servers)
        app = create_app(Settings(data_dir=self.data_dir, master_key=MASTER_KEY, embedder="none", **settings))
        assert app is not None


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Commands are about it, too."""
    monkeypatch.setenv("OSTIARY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("OSTIARY_MASTER_KEY", MASTER_KEY)
    return Installation(tmp_path)


def test_servers_of_the_file_are_added_changed_and_removed_at_each_start(installation: Installation) -> None:
    installation.start({"one": {"command": "server"}, "two": {"url": "http://127.0.0.1:9/mcp"}})
    run("gateway", "add", "by-hand", "http://127.0.0.1:9/mcp")
    run("gateway", "disable", "one")
    installation.start({"one": {"command": "server", "args": ["--new"]}})
    found = listed()
    assert sorted(found) == ["by-hand", "one"]
    assert found["one"]["command"] == ["server", "--new"]
    assert found["one"]["from_file"] is True
    assert found["one"]["is_enabled"] is False
    assert "servers.txt; change it there" in refuse("gateway", "remove", "one")
    assert "servers.txt; change it there" in refuse("gateway", "credential", "set", "one", "--env", "A=1")


def test_an_empty_file_removes_what_came_from_it_and_none_leaves_it_to_commands(installation: Installation) -> None:
    installation.start({"one": {"command": "server"}, "two": {"command": "server"}})
    (installation.data_dir / "servers.txt").unlink()
    installation.start()
    assert sorted(listed()) == ["one", "two"]
    assert "one is removed." in run("gateway", "remove", "one")
    installation.start({})
    assert listed() == {}


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        ({"one": {}}, "needs a command or a URL"),
        ({"one": {"command": "server", "transport": "carrier pigeon"}}, "carrier pigeon"),
        ({"one": {"url": "https://10.0.0.1/mcp"}}, "public internet"),
        ({"one": {"command": "./server"}}, "whole path"),
        ({"one": {"command": "server", "env": {"A": 1}}}, "no object of texts"),
        ({"by-hand": {"command": "server"}}, "added by hand"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start_before_anything_is_changed(
    installation: Installation, servers: dict[str, Any], said: str
) -> None:
    installation.start({"kept": {"command": "server"}})
    run("gateway", "add", "by-hand", "http://127.0.0.1:9/mcp")
    with pytest.raises(CannotStartError, match=said):
        installation.start(servers)
    assert sorted(listed()) == ["by-hand", "kept"]


def test_a_file_that_everybody_can_write_stops_the_start(installation: Installation) -> None:
    """AS-104: the commands in it are an administrator's act."""
    written(installation.data_dir / "servers.txt", {"one": {"command": sys.executable}})
    (installation.data_dir / "servers.txt").chmod(0o666)
    with pytest.raises(CannotStartError, match="written by everybody"):
        installation.start()


def test_a_file_that_is_named_has_to_be_there(installation: Installation, tmp_path: Path) -> None:
    with pytest.raises(CannotStartError, match="cannot read"):
        installation.start(servers_file=tmp_path / "elsewhere.json")
