"""The commands that change an installation, servers running or not."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlmodel import Session, select
from typer.testing import CliRunner

from auth_server.models import AuditEvent, Client, ResourceServer, SigningKey, User
from cli.main import app
from shared.database import open_engine, unit_of_work

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, named by the settings of the command."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OSTIARY_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str, given: str | None = None) -> str:
    """What a command says that must succeed."""
    done = CliRunner().invoke(app, arguments, input=given)
    assert done.exit_code == 0, done.output
    return done.output


def refuse(*arguments: str, given: str | None = None) -> str:
    """The line of a command that must fail."""
    done = CliRunner().invoke(app, arguments, input=given)
    assert done.exit_code == 2, done.output
    [line] = done.stderr.splitlines()
    return line


def all_of(kind: type, data_dir: Path) -> list:
    """Every row of a table."""
    engine = open_engine(f"sqlite:///{data_dir / 'auth.db'}")
    with unit_of_work(engine, read_only=True) as session:
        rows = list(session.exec(select(kind)))
    engine.dispose()
    return rows


def create_person(email: str = "ada@example.org", *options: str) -> str:
    """The command people run first."""
    return run("users", "create", "--email", email, "--password-stdin", *options, given=f"{PASSWORD}\n")


def test_a_person_is_created(installation: Path) -> None:
    said = create_person()
    [person] = all_of(User, installation)
    assert person.email == "ada@example.org"
    assert not person.is_admin
    assert person.id in said
    assert PASSWORD not in said


def test_an_administrator_is_created_on_request_alone(installation: Path) -> None:
    create_person("root@example.org", "--admin")
    [person] = all_of(User, installation)
    assert person.is_admin


def test_the_password_is_stored_as_argon2id_alone(installation: Path) -> None:
    create_person()
    [person] = all_of(User, installation)
    assert person.password_hash.startswith("$argon2id$")
    assert PASSWORD.encode() not in (installation / "auth.db").read_bytes()


def test_the_same_address_is_not_taken_twice(installation: Path) -> None:
    create_person()
    refuse("users", "create", "--email", "ADA@example.org", "--password-stdin", given=PASSWORD)
    assert len(all_of(User, installation)) == 1


def test_a_short_password_is_refused(installation: Path) -> None:
    refuse("users", "create", "--email", "ada@example.org", "--password-stdin", given="short")
    assert all_of(User, installation) == []


def test_the_password_is_asked_for_twice(installation: Path) -> None:
    run("users", "create", "--email", "ada@example.org", given=f"{PASSWORD}\n{PASSWORD}\n")
    assert len(all_of(User, installation)) == 1


def test_an_app_is_trusted_and_the_audit_says_so(installation: Path) -> None:
    create_person()
    engine = open_engine(f"sqlite:///{installation / 'auth.db'}")
    with unit_of_work(engine) as session:
        client_id = _new_client(session)
    engine.dispose()
    run("clients", "trust", client_id)
    [client] = all_of(Client, installation)
    assert client.is_trusted
    assert client_id in [event.client_id for event in all_of(AuditEvent, installation)]


def test_an_unknown_app_is_not_trusted() -> None:
    assert "cli_nobody" in refuse("clients", "trust", "cli_nobody")


def test_signing_keys_rotate_once_the_next_one_is_known(installation: Path) -> None:
    """AS-63: a key signs only after caches had the time to learn of it."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        refuse("signing-keys", "rotate")
        create_person()
        refuse("signing-keys", "rotate")
        assert all_of(SigningKey, installation) == []
        _start_server_once()
        following = {key.kid for key in all_of(SigningKey, installation) if key.activated_at is None}
        clock.move_to(start + timedelta(minutes=10))
        run("signing-keys", "rotate")
    active = {key.kid for key in all_of(SigningKey, installation) if key.activated_at and not key.retired_at}
    assert active == following


def test_a_new_resource_credential_replaces_the_file_and_ends_the_old_one_later(installation: Path) -> None:
    """AS-94: rotatable; the old one works until every process has read the file again."""
    _start_server_once()
    file = installation / "resource-server.credential"
    before = file.read_text()
    run("resource-credential", "rotate")
    assert file.read_text() != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ends = [row.expires_at for row in all_of(ResourceServer, installation)]
    assert len(ends) == 2
    assert ends.count(None) == 1


def _new_client(session: Session) -> str:
    client = Client(client_name="Notes", redirect_uris=["http://localhost/callback"])
    session.add(client)
    session.flush()
    return client.client_id


def _start_server_once() -> None:
    from auth_server.app import open_services
    from auth_server.settings import Settings

    open_services(Settings()).engine.dispose()


def test_what_a_command_writes_is_for_its_user_alone(installation: Path) -> None:
    """In a folder that was there before and that others may enter, too."""
    installation.mkdir(mode=0o755)
    create_person()
    files = [path for path in installation.rglob("*") if path.is_file()]
    assert installation / "auth.db" in files
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
