"""RFC 8693 §4.1: a key that may impersonate acts for somebody else, and everybody sees who does (K27, K28)."""

import httpx2
from sqlmodel import select

from auth_server.audit_log.audit import AuditKind
from auth_server.keys.api_keys import KeyDraft, create_key, edit_key, revoke_key
from auth_server.keys.service_accounts import service_account
from auth_server.models import ApiKey, AuditEvent, User
from shared.authorization_details import parse_details
from shared.clock import now
from shared.scopes import Scope
from tests.account_steps import accept, invited, person
from tests.auth_harness import AuthHarness, later
from tests.doors import BOTH, Doors, Person, wait_until
from tests.key_holders import EVERYTHING, KeyHolder, auth_session, key_of, structured
from tests.loopback import LOOPBACK

IMPERSONATE = f"{BOTH} impersonate"


def id_of(person: Person) -> str:
    """The id of somebody's account."""
    assert isinstance(person.doors, Doors)
    with auth_session(person.doors) as session:
        return session.exec(select(User.id).where(User.email == person.email)).one()


def acting(person: Person, name: str) -> KeyHolder:
    """A key of this person's with which they may act for others."""
    return key_of(person, name, scope=IMPERSONATE)


def test_a_key_that_may_impersonate_opens_the_memories_of_whom_it_names(mary: Person, bob: Person) -> None:
    """K27: by id or by e-mail address; without the header it is its owner's."""
    mary.connect().call("memory_store", text="a kingfisher at the weir", key="kingfisher")
    key = acting(bob, "by id and address")
    for named in (id_of(mary), mary.email, mary.email.upper()):
        found = structured(key.call("memory_recall", {"X-User-ID": named}, key="kingfisher"))["memories"]
        assert [memory["text"] for memory in found] == ["a kingfisher at the weir"]
    assert structured(key.call("memory_recall", key="kingfisher"))["memories"] == []


def test_what_it_stores_names_the_key(mary: Person, bob: Person) -> None:
    """Recalled text says where it came from, to the person whose memory it is."""
    key = acting(bob, "The night shift")
    key.call("memory_store", {"X-User-ID": id_of(mary)}, text="left by another", key="left")
    (memory,) = structured(mary.connect().call("memory_recall", key="left"))["memories"]
    assert "The night shift" in str(memory)


def test_an_ordinary_key_may_name_nobody_else(mary: Person, bob: Person) -> None:
    """K27, K28: refused, not ignored; its own id is no other."""
    key = key_of(bob, "ordinary")
    assert key.status(X_User_ID=id_of(mary)) == 403
    assert key.status(X_User_ID=mary.email) == 403
    assert key.status(X_User_ID=id_of(bob)) == 200


def test_nobody_is_acted_for_who_has_no_account_here(bob: Person) -> None:
    """K28: there is no default user; a service account is nobody's memory but its key's."""
    key = acting(bob, "for nobody")
    assert isinstance(bob.doors, Doors)
    with auth_session(bob.doors) as session:
        service = service_account(session, "some-service").id
    for named in ("default_user", "usr_x", "nobody@example.org", service, "x" * 5000, "", "%00", "*"):
        assert key.status(X_User_ID=named) == 403, named[:20]


def test_two_names_are_refused(mary: Person, bob: Person) -> None:
    """Two readers must not choose differently."""
    key = acting(bob, "two names")
    headers = [("Authorization", f"Bearer {key.secret}"), ("X-User-ID", id_of(mary)), ("X-User-ID", id_of(bob))]
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert httpx2.post(key.mcp_url, json=ping, headers=headers, **LOOPBACK).status_code == 403


def test_an_app_with_a_token_may_name_nobody_else(mary: Person, bob: Person) -> None:
    """K27: identity comes from the token alone."""
    assert mary.connect().post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, X_User_ID=id_of(bob)).status_code == 403


def test_the_right_to_impersonate_ends_within_seconds(mary: Person, bob: Person) -> None:
    """An edit of the key reaches the resource server by the change feed."""
    key, named = acting(bob, "taken back"), id_of(mary)
    assert key.status(X_User_ID=named) == 200
    assert isinstance(bob.doors, Doors)
    with auth_session(bob.doors) as session:
        row = session.get_one(ApiKey, key.id)
        edit_key(session, row, scopes=(Scope.MEMORY_READ, Scope.MEMORY_WRITE), details=parse_details(EVERYTHING))
    wait_until(lambda: key.status(X_User_ID=named) == 403)


def test_nobody_is_acted_for_whose_account_was_disabled(own_doors: Doors) -> None:
    """Within seconds, though no grant of theirs changed."""
    person, other = own_doors.person(), own_doors.person()
    key, named = acting(other, "for the disabled"), id_of(person)
    assert key.status(X_User_ID=named) == 200
    with auth_session(own_doors) as session:
        session.get_one(User, named).disabled_at = now()
    wait_until(lambda: key.status(X_User_ID=named) == 403)
    assert key.status() == 200


def ask(auth: AuthHarness, secret: str, on_behalf_of: str) -> dict[str, object]:
    """What the resource server hears when a key wants to act for somebody."""
    form = {"token": secret, "on_behalf_of": on_behalf_of}
    answer = auth.http.post("/introspect", data=form, headers=auth.resource_credential)
    return dict(answer.json())


def begun(auth: AuthHarness) -> list[AuditEvent]:
    """The audit log's lines about acting for somebody."""
    with auth.database() as session:
        return list(session.exec(select(AuditEvent).where(AuditEvent.kind == AuditKind.IMPERSONATION_BEGAN)))


def test_introspection_says_who_acts(auth: AuthHarness) -> None:
    """RFC 8693 §4.1: `sub` is whose memories are opened, `act` who opens them; the scope is that of memories alone."""
    secret, owner, person = key_and_person(auth)
    answer = ask(auth, secret, person)
    assert (answer["sub"], answer["act"]) == (person, {"sub": owner})
    assert answer["scope"] == BOTH


def test_an_address_that_somebody_merely_typed_in_names_nobody(auth: AuthHarness) -> None:
    """RFC 9700 §4.15: what is meant for the owner of the address would be remembered by whoever typed it in."""
    secret, owner, _ = key_and_person(auth)
    accept(auth.new_browser(), invited(auth), email="ceo@example.org")
    poser = person(auth, "ceo@example.org")
    assert poser is not None
    assert ask(auth, secret, "ceo@example.org")["sub"] == owner
    assert ask(auth, secret, poser.id)["sub"] == poser.id


def test_the_audit_log_says_once_an_hour_that_a_key_acts_for_somebody(auth: AuthHarness) -> None:
    secret, owner, person = key_and_person(auth)
    for _ in range(3):
        ask(auth, secret, person)
    [event] = begun(auth)
    assert (event.user_id, event.by) == (person, owner)
    with later(minutes=61):
        ask(auth, secret, person)
    assert len(begun(auth)) == 2


def key_and_person(auth: AuthHarness) -> tuple[str, str, str]:
    """A key that may impersonate, the id of its owner, and the id of somebody else."""
    owner, person = auth.create_user("ops@example.org"), auth.create_user("grace@example.org")
    with auth.database() as session:
        draft = KeyDraft("ops", (Scope.MEMORY_READ, Scope.MEMORY_WRITE, Scope.IMPERSONATE), parse_details(EVERYTHING))
        made = create_key(session, owner, draft)
    return made.secret, owner.id, person.id


def test_everybody_sees_that_a_key_may_act_in_their_name(ada: AuthHarness) -> None:
    """The page of connected apps names it, until it ends; keys that may not are nobody else's business."""
    owner = ada.create_user("ops@example.org")
    with ada.database() as session:
        memories = (Scope.MEMORY_READ, Scope.MEMORY_WRITE)
        details = parse_details(EVERYTHING)
        made = create_key(session, owner, KeyDraft("<b>Import</b>", (*memories, Scope.IMPERSONATE), details))
        create_key(session, owner, KeyDraft("Backup", memories, details))
    page = ada.http.get("/account/apps").text
    assert "may act in your name" in page
    assert "&lt;b&gt;Import&lt;/b&gt;" in page
    assert "Backup" not in page
    with ada.database() as session:
        revoke_key(session, session.get_one(ApiKey, made.key.id))
    assert "may act in your name" not in ada.http.get("/account/apps").text
