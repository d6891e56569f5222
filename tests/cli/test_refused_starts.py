"""What stops a start is said in one line that names it, with exit code 2."""

import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from auth_server.app import open_services
from auth_server.settings import Settings
from tests.cli.running import ROOT, ostiary

FREE_PORTS = ("--auth-port", "0", "--mcp-port", "0")


def start(folder: Path, *arguments: str, **settings: str) -> str:
    """The one line a start that must fail says."""
    ended = ostiary(folder, "up", *arguments, settings=settings)
    assert ended.returncode == 2, ended
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OSTIARY_ISSUER", "http://memory.example.org"),
        ("OSTIARY_MCP_URL", "memory.example.org/mcp"),
        ("OSTIARY_AUTH_CODE_LIFETIME", "ninety"),
        ("OSTIARY_RESOURCE_MAX_BODY", "-1"),
        ("OSTIARY_TRUSTED_PROXIES", "everybody"),
        ("OSTIARY_LOG_LEVEL", "LOUD"),
        ("OSTIARY_REDIS_URL", "http://localhost:6379"),
        ("OSTIARY_REDIS_URL", "redis://localhost:99999"),
        ("OSTIARY_MASTER_KEY_FILE", "/nowhere/master.key"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, variable: str, value: str) -> None:
    """AS-84 among them: a public issuer without TLS does not start."""
    assert variable in start(tmp_path, *FREE_PORTS, **{variable: value})


def test_what_cannot_be_a_key_is_named_and_not_repeated(tmp_path: Path) -> None:
    """AS-64, AS-95."""
    line = start(tmp_path, *FREE_PORTS, MCP_API_KEYS="app1:eyJhbGciOiJub25lIn0.e30.c2ln")
    assert "entry 1 of MCP_API_KEYS" in line
    assert "eyJ" not in line


def test_a_setting_by_another_systems_name_is_named_as_it_was_set(tmp_path: Path) -> None:
    assert "RATE_LIMIT_WINDOW" in start(tmp_path, *FREE_PORTS, RATE_LIMIT_WINDOW="soon")


def test_a_relative_file_is_said_in_full(tmp_path: Path) -> None:
    assert str(ROOT / "nowhere.key") in start(tmp_path, *FREE_PORTS, OSTIARY_MASTER_KEY_FILE="nowhere.key")


def test_two_settings_that_disagree_are_both_named(tmp_path: Path) -> None:
    line = start(tmp_path, *FREE_PORTS, OSTIARY_ISSUER="http://localhost:9000", OSTIARY_MCP_URL="http://localhost:9000")
    assert "OSTIARY_MCP_URL" in line
    assert "OSTIARY_ISSUER" in line


def test_plain_http_listens_on_loopback_alone(tmp_path: Path) -> None:
    """AS-84: `--host 0.0.0.0` without https says which settings are missing."""
    line = start(tmp_path, "--host", "0.0.0.0", *FREE_PORTS)
    assert "OSTIARY_AUTH_HOST" in line
    assert "OSTIARY_ISSUER" in line


def test_a_secret_is_not_repeated(tmp_path: Path) -> None:
    line = start(tmp_path, *FREE_PORTS, OSTIARY_MASTER_KEY="sentinel-of-a-key")
    assert "OSTIARY_MASTER_KEY" in line
    assert "sentinel" not in line


@pytest.mark.parametrize("option", ["--auth-port", "--mcp-port"])
def test_a_taken_port_is_named(tmp_path: Path, option: str) -> None:
    other = "--mcp-port" if option == "--auth-port" else "--auth-port"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = start(tmp_path, option, port, other, "0")
    assert port in line
    assert option in line


def test_one_port_for_both_is_said_as_that(tmp_path: Path) -> None:
    line = start(tmp_path, "--auth-port", "9100", "--mcp-port", "9100")
    assert "--auth-port" in line
    assert "--mcp-port" in line


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    folder = tmp_path / "file" / "data"
    assert str(folder) in start(tmp_path, "--data-dir", str(folder), *FREE_PORTS)


def test_a_file_where_the_data_folder_should_be_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    line = start(tmp_path, "--data-dir", str(tmp_path / "file" / "data"), *FREE_PORTS)
    assert "--data-dir" in line
    assert "Errno" not in line


def test_a_key_file_that_cannot_be_read_names_the_setting(tmp_path: Path) -> None:
    """A file below a file: unreadable for everybody, the superuser included."""
    (tmp_path / "file").write_text("not a folder")
    line = start(tmp_path, *FREE_PORTS, XDG_CONFIG_HOME=str(tmp_path / "file"))
    assert "OSTIARY_MASTER_KEY_FILE" in line
    assert "Errno" not in line


def test_a_lost_master_key_is_not_replaced(tmp_path: Path) -> None:
    make_installation(tmp_path)
    [key] = (tmp_path / "config" / "ostiary").glob("*.key")
    key.unlink()
    assert str(key) in start(tmp_path, *FREE_PORTS)
    assert not key.exists()


def test_the_master_key_of_another_installation_is_refused(tmp_path: Path) -> None:
    make_installation(tmp_path)
    sealed_with = auth_settings(tmp_path / "data", "B")
    open_services(sealed_with).engine.dispose()
    assert "OSTIARY_MASTER_KEY" in start(tmp_path, *FREE_PORTS, OSTIARY_MASTER_KEY="A" * 43)


def auth_settings(data_dir: Path, letter: str) -> Settings:
    """Settings with a master key of one letter."""
    return Settings(data_dir=data_dir, master_key=SecretStr(letter * 43))


def make_installation(folder: Path) -> None:
    """An installation with one person."""
    made = ostiary(folder, "users", "create", "--email", "ada@example.org", "--password-stdin", given="a" * 12)
    assert made.returncode == 0, made.stderr
