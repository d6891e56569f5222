"""The commands that change an installation, servers running or not."""

import stat
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
import time_machine
from sqlmodel import select
from typer.testing import CliRunner

from auth_server.app import open_services
from auth_server.models import AuditEvent, BrowserSession, Invitation, ResourceServer, SigningKey, User
from auth_server.passwords import PasswordVerifier
from auth_server.settings import Settings
from auth_server.web.browser import open_browser_session
from cli.main import app
from shared.clock import now
from shared.database import open_engine, unit_of_work
from tests.cli.invoking import all_of, refuse, run
from tests.smtp_host import SmtpHost, link_in

PASSWORD = "correct horse battery staple"
NEW_PASSWORD = "an altogether different one"


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, named by the settings of the command."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OSTIARY_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


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


@pytest.mark.parametrize(
    "command",
    [
        ("clients", "trust", "cli_nobody"),
        ("clients", "list"),
        ("trust", "registration", "off"),
        ("signing-keys", "rotate"),
        ("resource-credential", "rotate"),
        ("users", "set-password", "--email", "ada@example.org", "--password-stdin"),
    ],
    ids=" ".join,
)
def test_a_folder_without_an_installation_is_refused_and_stays_as_it_was(
    installation: Path, command: tuple[str, ...]
) -> None:
    said = refuse(*command, given=PASSWORD)
    assert str(installation) in said
    assert "ostiary up" in said
    assert "--data-dir" in said
    assert not installation.exists()


def test_the_first_person_may_come_before_the_first_start(installation: Path) -> None:
    """The folder is named in full, for it may be a misspelt one."""
    assert str(installation) in create_person()
    assert str(installation) not in create_person("eve@example.org")


def test_a_new_password_signs_in_and_ends_what_was_open(installation: Path) -> None:
    create_person()
    before = all_of(User, installation)[0].password_hash
    _open_browser(installation)
    said = run("users", "set-password", "--email", "Ada@example.org", "--password-stdin", given=f"{NEW_PASSWORD}\n")
    [person] = all_of(User, installation)
    assert person.password_hash != before
    assert PasswordVerifier().verify(person.password_hash, NEW_PASSWORD).is_correct
    assert all_of(BrowserSession, installation) == []
    assert "signed out" in said
    assert "disconnected" in said
    assert "password_changed" in [event.kind for event in all_of(AuditEvent, installation)]


@pytest.mark.parametrize(("email", "password"), [("nobody@example.org", PASSWORD), ("ada@example.org", "short")])
def test_a_password_that_cannot_be_set_changes_nothing(installation: Path, email: str, password: str) -> None:
    create_person()
    before = all_of(User, installation)[0].password_hash
    refuse("users", "set-password", "--email", email, "--password-stdin", given=password)
    assert [person.password_hash for person in all_of(User, installation)] == [before]


def test_the_version_is_the_packages() -> None:
    assert run("--version").split() == ["ostiary", version("ostiary")]


@pytest.mark.parametrize(("server", "setting"), [("auth", "OSTIARY_AUTH_PORT"), ("mcp", "OSTIARY_RESOURCE_PORT")])
def test_a_silent_server_is_said_with_the_setting_of_its_port(
    server: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, "1")
    done = CliRunner().invoke(app, ["health", server])
    assert done.exit_code == 1
    assert setting in done.output


def test_signing_keys_rotate_once_the_next_one_is_known(installation: Path) -> None:
    """AS-63: a key signs only after caches had the time to learn of it."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
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


def _open_browser(installation: Path) -> None:
    engine = open_engine(f"sqlite:///{installation / 'auth.db'}")
    with unit_of_work(engine) as session:
        open_browser_session(session, session.exec(select(User)).one(), Settings())
    engine.dispose()


def _start_server_once() -> None:
    open_services(Settings()).engine.dispose()


def test_what_a_command_writes_is_for_its_user_alone(installation: Path) -> None:
    """In a folder that was there before and that others may enter, too."""
    installation.mkdir(mode=0o755)
    create_person()
    files = [path for path in installation.rglob("*") if path.is_file()]
    assert installation / "auth.db" in files
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)


def test_somebody_is_invited(installation: Path) -> None:
    create_person()
    said = run("users", "invite", "grace@example.org", "--admin")
    [invitation] = all_of(Invitation, installation)
    assert (invitation.email, invitation.is_admin) == ("grace@example.org", True)
    assert "http://localhost:9000/invitation?token=inv_" in said


def test_who_has_an_account_is_not_invited(installation: Path) -> None:
    create_person()
    assert "already" in refuse("users", "invite", "ada@example.org")
    assert all_of(Invitation, installation) == []


def test_somebody_is_signed_out_everywhere(installation: Path) -> None:
    """AS-37, AS-96: browsers, apps and keys, by the function that their own page uses."""
    create_person()
    _open_browser(installation)
    said = run("users", "sign-out", "Ada@example.org")
    assert "browsers 1, approvals of apps 0, API keys 0" in said
    assert all_of(BrowserSession, installation) == []
    assert "nobody" in refuse("users", "sign-out", "eve@example.org").lower()


def test_a_lost_authenticator_app_is_turned_off(installation: Path) -> None:
    """RFC 6238: for who has neither the app nor recovery codes; who has no app is named."""
    create_person()
    assert "no authenticator app" in refuse("users", "turn-off-codes", "ada@example.org")
    engine = open_engine(f"sqlite:///{installation / 'auth.db'}")
    with unit_of_work(engine) as session:
        session.exec(select(User)).one().totp_confirmed_at = now()
    engine.dispose()
    assert "password alone" in run("users", "turn-off-codes", "ada@example.org")
    assert not all_of(User, installation)[0].asks_code


def test_an_invitation_is_sent_where_a_mail_server_is_set(mailbox: SmtpHost, monkeypatch: pytest.MonkeyPatch) -> None:
    create_person()
    monkeypatch.setenv("OSTIARY_AUTH_SMTP_URL", mailbox.url)
    said = run("users", "invite", "grace@example.org")
    assert link_in(mailbox.messages[0]) in said
    run("users", "invite", "ida@example.org", "--no-send")
    assert len(mailbox.messages) == 1


def test_an_invitation_that_cannot_be_sent_is_shown_all_the_same(
    installation: Path, mailbox: SmtpHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_person()
    mailbox.stop()
    monkeypatch.setenv("OSTIARY_AUTH_SMTP_URL", mailbox.url)
    assert "not sent" in refuse("users", "invite", "grace@example.org")
    [invitation] = all_of(Invitation, installation)
    assert invitation.revoked_at is None
