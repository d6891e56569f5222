"""Keys that stand in environment variables: who they are, when they end, and what stops a start (M11, M12, M13, C7)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from sqlmodel import Session, select

from auth_server.keys.api_keys import KeyDraft, create_key, new_key_secret, revoke_key
from auth_server.keys.configured_keys import UnusableConfiguredKeyError
from auth_server.keys.environment_keys import EVERYTHING, make_missing_keys
from auth_server.models import ApiKey, User, UserKind
from shared.scopes import DEFAULT_SCOPES
from tests.auth_harness import AuthHarness, auth_settings, later

FIRST, SECOND, THIRD = (f"{letter * 30}" for letter in "abc")
Start = Callable[..., AuthHarness]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts the server on one data folder, with these variables and no others of their kind."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def started(**variables: str) -> AuthHarness:
        for name in ("MCP_API_KEY", "MCP_API_KEYS", "KAGURA_API_KEY", "AUTH_TOKENS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return AuthHarness(auth_settings(tmp_path))

    return started


def subject(auth: AuthHarness, secret: str) -> str | None:
    """Whose memories the key opens now."""
    return auth.introspect(secret).get("sub")


def test_every_variable_gives_keys_that_work(start: Start) -> None:
    """M11, M12, C7, K20: with the scope of memories, everywhere in their own."""
    auth = start(
        MCP_API_KEY=FIRST, MCP_API_KEYS=f"app1:{SECOND}, app2:k:e:y:{THIRD}", AUTH_TOKENS="one-token,ci:another"
    )
    auth_keys = [FIRST, SECOND, f"k:e:y:{THIRD}", "one-token", "another"]
    answers = [auth.introspect(secret) for secret in auth_keys]
    assert all(answer["active"] for answer in answers)
    assert {answer["scope"] for answer in answers} == {"memory:read memory:write"}
    assert [answer["authorization_details"][0]["namespaces"] for answer in answers] == [["*"]] * 5
    assert len({answer["sub"] for answer in answers}) == 5


def test_each_is_a_service_account_without_a_password(start: Start) -> None:
    """M29: an identity of its own; nobody signs in as it."""
    auth = start(KAGURA_API_KEY=FIRST, MCP_API_KEYS=f"App1:{SECOND}")
    with auth.database() as session:
        accounts = session.exec(select(User)).all()
    assert {(account.kind, account.name, account.has_password) for account in accounts} == {
        (UserKind.SERVICE, "kagura-api-key", False),
        (UserKind.SERVICE, "app1", False),
    }


def test_the_identity_follows_the_name(start: Start) -> None:
    """M12, M29: another key opens the same memories; the old key ends."""
    before = subject(start(MCP_API_KEYS=f"app1:{FIRST}"), FIRST)
    auth = start(MCP_API_KEYS=f"app1:{SECOND}")
    assert subject(auth, SECOND) == before
    assert subject(auth, FIRST) is None


def test_a_key_under_another_name_is_another_identity(start: Start) -> None:
    first = subject(start(MCP_API_KEYS=f"app1:{FIRST}"), FIRST)
    assert subject(start(MCP_API_KEYS=f"app2:{FIRST}"), FIRST) not in (first, None)


def test_a_token_without_a_name_is_known_by_its_digest(start: Start) -> None:
    """C7: in whatever order, and beside whatever others, it stands there."""
    before = subject(start(AUTH_TOKENS=f"{FIRST},{SECOND}"), FIRST)
    assert subject(start(AUTH_TOKENS=f" {SECOND} ,{THIRD}, {FIRST} "), FIRST) == before


def test_a_key_that_is_gone_ends_and_works_again_when_it_comes_back(start: Start) -> None:
    """C7: by the next start."""
    before = subject(start(MCP_API_KEY=FIRST), FIRST)
    assert subject(start(), FIRST) is None
    assert subject(start(MCP_API_KEY=FIRST), FIRST) == before


def test_the_change_feed_says_that_a_key_ended_and_came_back(start: Start) -> None:
    """AS-48: a resource server that runs on hears of it."""
    key_id = start(MCP_API_KEY=FIRST).introspect(FIRST)["grant_id"]
    auth = start()
    start(MCP_API_KEY=FIRST)
    feed = auth.http.get("/internal/changes", params={"after": 0}, headers=auth.resource_credential).json()
    assert [line["state"] for line in feed["changes"] if line["grant_id"] == key_id] == ["revoked", "edited"]


def test_a_key_that_somebody_revoked_stays_revoked_and_the_log_says_so(start: Start) -> None:
    auth = start(MCP_API_KEY=FIRST)
    with auth.database() as session:
        revoke_key(session, session.exec(select(ApiKey)).one())
    with structlog.testing.capture_logs() as written:
        assert subject(start(MCP_API_KEY=FIRST), FIRST) is None
    assert [line["where"] for line in written if "revoked" in line["event"]] == ["MCP_API_KEY"]


def test_a_start_that_changes_nothing_leaves_no_trace(start: Start) -> None:
    auth = start(MCP_API_KEY=FIRST, MCP_API_KEYS=f"a:{SECOND}")
    with auth.database() as session:
        before = [(key.id, key.revision) for key in session.exec(select(ApiKey))]
    with start(MCP_API_KEY=FIRST, MCP_API_KEYS=f"a:{SECOND}").database() as session:
        assert [(key.id, key.revision) for key in session.exec(select(ApiKey))] == before


WRONG = {
    "a JWT": {"AUTH_TOKENS": "eyJhbGciOiJub25lIn0.e30.c2ln"},
    "a refresh token": {"MCP_API_KEY": "rt_" + "x" * 43},
    "the other server's credential": {"MCP_API_KEYS": "a:rs_" + "x" * 43},
    "a setup link's token": {"KAGURA_API_KEY": "setup_" + "x" * 43},
    "a broken key of ours": {"MCP_API_KEY": new_key_secret()[:-1] + "!"},
    "a blank": {"MCP_API_KEY": "two words"},
    "what no header carries": {"MCP_API_KEY": "schl\u00fcssel-1234567890"},
    "no name": {"MCP_API_KEYS": "just-the-key-alone"},
    "an empty name": {"MCP_API_KEYS": ":the-key-behind-nothing"},
    "no key": {"MCP_API_KEYS": "name-or-is-it-the-key:"},
    "an odd name": {"AUTH_TOKENS": "a name:the-key-behind-it"},
    "the same name": {"MCP_API_KEYS": "app:first-of-them,App:second-of-them"},
    "the same name in two variables": {"MCP_API_KEYS": "app:first-of-them", "AUTH_TOKENS": "app:second-of-them"},
    "the same key": {"MCP_API_KEY": "one-and-the-same", "KAGURA_API_KEY": "one-and-the-same"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_a_key_stops_the_start_without_being_repeated(start: Start, what: str) -> None:
    """AS-64, AS-95: the sentence names the place."""
    with pytest.raises(UnusableConfiguredKeyError) as refused:
        start(**WRONG[what])
    said = str(refused.value)
    assert all(variable in said for variable in WRONG[what])
    parts = {part for value in WRONG[what].values() for entry in value.split(",") for part in entry.split(":")}
    assert [part for part in parts if part and len(part) > 3 and part in said] == []


def test_a_key_that_a_person_has_cannot_be_a_program_too(start: Start) -> None:
    """AS-95: one secret, one identity."""
    auth = start()
    with auth.database() as session:
        draft = KeyDraft("mine", DEFAULT_SCOPES, EVERYTHING)
        secret = create_key(session, session.merge(auth.create_user()), draft).secret
    with pytest.raises(UnusableConfiguredKeyError) as refused:
        start(MCP_API_KEY=secret)
    assert secret not in str(refused.value)


def test_a_weak_key_is_named_in_the_log_by_its_place(start: Start) -> None:
    """M51: it works, and the operator hears of it; the log repeats neither key nor name (AS-64)."""
    with structlog.testing.capture_logs() as written:
        auth = start(MCP_API_KEYS=f"app1:{FIRST},swordfish:secret")
    assert subject(auth, "secret") is not None
    assert [line["where"] for line in written if "weak" in line["event"]] == ["entry 2 of MCP_API_KEYS"]
    assert "swordfish" not in str(written)


def made(auth: AuthHarness) -> list[tuple[str, str]]:
    """What the console shows at this start."""
    with auth.database() as session:
        return make_missing_keys(session, auth.settings)


def test_an_empty_variable_asks_for_a_key_which_is_shown_once(start: Start) -> None:
    """M13: at the first start; the database keeps its digest."""
    auth = start(MCP_API_KEY="")
    [(variable, secret)] = made(auth)
    assert variable == "MCP_API_KEY"
    assert subject(auth, secret) is not None
    again = start(MCP_API_KEY=" ")
    assert made(again) == []
    assert subject(again, secret) is not None


def test_a_made_key_ends_with_its_variable_and_comes_back_with_it(start: Start) -> None:
    """M13, C7."""
    [(_, secret)] = made(start(MCP_API_KEY=""))
    assert subject(start(), secret) is None
    with later(seconds=5):
        auth = start(MCP_API_KEY="")
        assert made(auth) == []
        assert subject(auth, secret) is not None


def test_a_chosen_key_takes_the_place_of_a_made_one(start: Start) -> None:
    auth = start(MCP_API_KEY="")
    [(_, secret)] = made(auth)
    before = subject(auth, secret)
    auth = start(MCP_API_KEY=FIRST)
    assert (subject(auth, FIRST), subject(auth, secret)) == (before, None)


@pytest.mark.parametrize("variables", [{}, {"MCP_API_KEYS": "", "AUTH_TOKENS": " , "}])
def test_without_variables_there_are_no_keys(start: Start, variables: Any) -> None:
    """An empty list holds no key and asks for none."""
    auth = start(**variables)
    assert made(auth) == []
    with auth.database() as session:
        assert keys(session) == []


def keys(session: Session) -> list[ApiKey]:
    """All there are."""
    return list(session.exec(select(ApiKey)))
