"""`ostiary doctor`: from outside, as an app goes."""

import pytest
from typer.testing import CliRunner

from auth_server.trust.rules import RegistrationMode, allow_documents, set_registration_mode
from cli.doctor import TRACES
from cli.main import app
from shared.database import open_engine, unit_of_work
from tests.doors import Doors
from tests.servers import free_port
from tests.tls_proxy import TlsProxy


def examine(url: str) -> tuple[int, str]:
    """Exit code, and everything it said."""
    done = CliRunner().invoke(app, ["doctor", url])
    return done.exit_code, done.output


def test_a_healthy_server_lets_apps_come_up_to_the_sign_in(doors: Doors) -> None:
    code, said = examine(doors.mcp_url)
    assert code == 0, said
    assert doors.issuer in said
    assert "documents or registration" in said


@pytest.mark.parametrize("typed", ["", "/", "/sse", "/MCP"])
def test_another_path_is_told_the_right_one(doors: Doors, typed: str) -> None:
    code, said = examine(doors.origin + typed)
    assert code == 1
    assert doors.mcp_url in said


def test_another_spelling_is_told_the_right_one(doors: Doors) -> None:
    """RFC 9728 §3.3: strict apps compare byte for byte."""
    code, said = examine(f"{doors.mcp_url}/")
    assert code == 1
    assert f"exactly this address, not {doors.mcp_url}/" in said


def test_nobody_there_is_said() -> None:
    code, said = examine(f"http://localhost:{free_port()}/mcp")
    assert code == 1
    assert "cannot be reached" in said
    assert ".." not in said


def test_an_address_without_a_scheme_is_told_how_to_begin() -> None:
    code, said = examine("localhost:8000/mcp")
    assert code == 1
    assert "https://" in said
    assert "cannot be reached" not in said


def test_https_where_only_http_is_spoken_is_said(doors: Doors) -> None:
    code, said = examine(doors.mcp_url.replace("http://", "https://"))
    assert code == 1
    assert "not over TLS" in said


def test_a_certificate_that_nobody_trusts_is_named_as_that() -> None:
    proxy = TlsProxy()
    try:
        code, said = examine(f"{proxy.url}/mcp")
    finally:
        proxy.stop()
    assert code == 1
    assert "certificate" in said
    assert "public authority" in said


@pytest.mark.parametrize("path", ["/mcp", "/wrong"])
def test_whose_traces_are_in_the_log_is_said_last(doors: Doors, path: str) -> None:
    """Otherwise people look up refusals that this command provoked."""
    assert TRACES in examine(doors.origin + path)[1].splitlines()[-1]


def test_the_authorization_servers_address_is_no_mcp_endpoint(doors: Doors) -> None:
    code, said = examine(doors.issuer)
    assert code == 1
    assert doors.mcp_url in said


def test_where_every_way_in_is_closed_it_says_what_is_left(own_doors: Doors) -> None:
    """AS-80."""
    engine = open_engine(f"sqlite:///{own_doors.data_dir / 'auth.db'}")
    with unit_of_work(engine) as session:
        set_registration_mode(session, RegistrationMode.OFF)
        allow_documents(session, False)
    engine.dispose()
    code, said = examine(own_doors.mcp_url)
    assert code == 0, said
    assert "entered by hand" in said
