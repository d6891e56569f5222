"""A data folder whose public address changes: what was connected at the old one, and what works at the new one."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from auth_server.grants import count_for_other_resources
from auth_server.settings import Settings
from cli.announcement import announce
from tests.auth_harness import AuthHarness, error_of

AT_HOME = {"issuer": "http://localhost:9000", "mcp_url": "http://localhost:8000/mcp"}
PUBLIC = {"issuer": "https://memory.example.org", "mcp_url": "https://memory.example.org/mcp"}


@pytest.fixture(autouse=True)
def key_beside_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both starts find the same one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@contextmanager
def started(folder: Path, addresses: dict[str, str]) -> Iterator[AuthHarness]:
    """The server on the data folder, at these addresses."""
    harness = AuthHarness(Settings(data_dir=folder / "data", **addresses))
    with ExitStack() as running:
        running.enter_context(harness.http)
        yield harness


def test_what_was_connected_at_the_old_address_is_refused(tmp_path: Path) -> None:
    """RFC 9068 §4, RFC 6749 §5.2: its access token is inactive, its refresh an invalid grant: the app asks again."""
    with started(tmp_path, AT_HOME) as before:
        before.create_user()
        before.sign_in()
        client = before.register()
        tokens = before.tokens(client)
        assert before.introspect(tokens["access_token"])["active"] is True
    with started(tmp_path, PUBLIC) as after:
        assert after.introspect(tokens["access_token"]) == {"active": False}
        assert error_of(after.refresh(client, tokens["refresh_token"])) == (400, "invalid_grant")
        with after.database() as session:
            assert count_for_other_resources(session, after.settings.is_resource) == 1


def test_what_knows_a_person_alone_is_at_no_other_address(tmp_path: Path) -> None:
    """A grant for userinfo is good here, so nobody is told to connect anew; at another issuer it is not."""
    with started(tmp_path, AT_HOME) as before:
        before.create_user()
        before.sign_in()
        before.tokens(before.register(), scope="openid", resource=None)
        with before.database() as session:
            assert count_for_other_resources(session, before.settings.is_resource) == 0
    with started(tmp_path, PUBLIC) as after, after.database() as session:
        assert count_for_other_resources(session, after.settings.is_resource) == 1


def test_the_start_says_how_many_connections_another_address_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And where the tunnel must lead, beside the address to paste into an app."""
    with started(tmp_path, AT_HOME) as before:
        before.create_user(is_admin=True)
        before.sign_in()
        before.tokens(before.register())
        key = before.services.master_key
    monkeypatch.setenv("OSTIARY_DATA_DIR", str(tmp_path / "data"))
    for name, value in {"OSTIARY_ISSUER": PUBLIC["issuer"], "OSTIARY_MCP_URL": PUBLIC["mcp_url"]}.items():
        monkeypatch.setenv(name, value)
    announce(Settings(), key, "http://127.0.0.1:8000")
    said = capsys.readouterr().out
    assert "another address: 1." in said
    assert PUBLIC["mcp_url"] in said
    assert "http://127.0.0.1:8000" in said


def test_the_old_address_again_makes_it_good_again(tmp_path: Path) -> None:
    """Nothing was revoked or spent: whoever tried a tunnel for an hour goes on as before."""
    with started(tmp_path, AT_HOME) as before:
        before.create_user()
        before.sign_in()
        client = before.register()
        tokens = before.tokens(client)
    with started(tmp_path, PUBLIC) as meanwhile:
        meanwhile.refresh(client, tokens["refresh_token"])
    with started(tmp_path, AT_HOME) as again:
        assert again.introspect(tokens["access_token"])["active"] is True
        assert again.refresh(client, tokens["refresh_token"]).status_code == 200


def test_introspection_works_at_the_new_address_with_the_same_credential(tmp_path: Path) -> None:
    """RFC 7662 §4: the credential is bound to the resource, and follows it when it moves."""
    with started(tmp_path, AT_HOME) as before:
        before.create_user()
        credential = before.resource_credential
    with started(tmp_path, PUBLIC) as after:
        after.sign_in()
        tokens = after.tokens(after.register())
        assert after.resource_credential == credential
        told = after.introspect(tokens["access_token"])
        assert (told["active"], told["aud"]) == (True, PUBLIC["mcp_url"])
        with after.database() as session:
            assert count_for_other_resources(session, after.settings.is_resource) == 0


def test_people_and_what_they_approved_are_still_there(tmp_path: Path) -> None:
    """The account signs in at the new address; the old connection is on its page until it is taken back."""
    with started(tmp_path, AT_HOME) as before:
        before.create_user()
        before.sign_in()
        before.tokens(before.register(client_name="Old friend"))
    with started(tmp_path, PUBLIC) as after:
        after.sign_in()
        assert "Old friend" in after.http.get("/account/apps").text
