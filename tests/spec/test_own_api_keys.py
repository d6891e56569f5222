"""AS-96: a person's own API keys carry scope, details and expiry; each is shown once, by a form that acts once."""

import re
from typing import Any

import pytest
from sqlmodel import select

from auth_server.models import ApiKey, User
from tests.auth_harness import PASSWORD, AuthHarness, later
from tests.consent_form import form_fields, own_origin

KEYS = "/account/keys"


def opened(auth: AuthHarness) -> dict[str, list[str]]:
    """The form of a new key as it stands, and the password."""
    return form_fields(auth.http.get(f"{KEYS}/new").text, KEYS) | {"password": [PASSWORD]}


def post(auth: AuthHarness, path: str, form: dict[str, Any]) -> Any:
    return auth.http.post(path, data=form, headers=own_origin(auth.http))


def secret_on(answer: Any) -> str:
    """The key that a page shows."""
    [secret] = re.findall(r'id="key"[^>]*>(ost_\w+)</textarea>', answer.text)
    return str(secret)


def made(auth: AuthHarness, name: str = "Backup", **changes: Any) -> str:
    """A new key."""
    answer = post(auth, KEYS, opened(auth) | {"name": [name]} | changes)
    assert answer.status_code == 200, answer.text
    return secret_on(answer)


def stored(auth: AuthHarness) -> list[ApiKey]:
    with auth.database() as session:
        return list(session.exec(select(ApiKey).order_by(ApiKey.id)))


def act(auth: AuthHarness, key: ApiKey, action: str, **fields: Any) -> Any:
    """One of the buttons of a key's page."""
    path = f"{KEYS}/{key.id}/{action}"
    return post(auth, path, form_fields(auth.http.get(f"{KEYS}/{key.id}").text, path) | fields)


def test_a_key_reaches_what_was_ticked_in_its_owners_vault(ada: AuthHarness) -> None:
    """AS-96, decision M32: scope, namespaces and expiry are the key's own; the resource server hears of them."""
    chosen = {"scope": ["memory:read", "memory:write"], "read": ["personal", "work"], "write": ["work"]}
    told = ada.introspect(made(ada, expiry="30", **chosen))
    assert told["active"] is True
    assert told["scope"] == "memory:read memory:write"
    assert [detail["namespaces"] for detail in told["authorization_details"]] == [["personal", "work"], ["work"]]
    [key] = stored(ada)
    assert told["sub"] == key.user_id
    with later(days=30, seconds=5):
        assert key.is_live() is False


@pytest.mark.parametrize(("expiry", "days"), [("90", 90), ("365", 365), ("never", None)])
def test_it_ends_when_its_owner_said(ada: AuthHarness, expiry: str, days: int | None) -> None:
    made(ada, expiry=expiry)
    [key] = stored(ada)
    assert (key.expires_at and (key.expires_at - key.created_at).days) in (days, days and days - 1)


def test_it_is_shown_once_and_the_list_knows_its_end_alone(ada: AuthHarness) -> None:
    """AS-96: what it may do is a sentence."""
    secret = made(ada, name="Backup <script>")
    page = ada.http.get(KEYS).text
    assert secret not in page
    assert f"…{secret[-4:]}" in page
    assert "May read memories in personal." in page
    assert "Backup &lt;script&gt;" in page


def test_a_form_that_is_sent_again_makes_no_second_key(ada: AuthHarness) -> None:
    """Reloading the page that shows the key: it is said, and the key is shown no more."""
    form = opened(ada) | {"name": ["Backup"]}
    secret = secret_on(post(ada, KEYS, form))
    again = post(ada, KEYS, form | {"name": ["Another"]})
    assert again.status_code == 409
    assert "no second one was" in again.text
    assert secret not in again.text
    assert [key.name for key in stored(ada)] == ["Backup"]


def test_a_form_that_lay_open_is_shown_anew_as_it_was_filled_in(ada: AuthHarness) -> None:
    with later(minutes=0):
        form = opened(ada) | {"name": ["Backup"], "read": ["personal", "work"]}
    with later(minutes=16):
        answer = post(ada, KEYS, form)
        assert answer.status_code == 403
        shown = form_fields(answer.text, KEYS)
        assert (shown["name"], shown["read"]) == (["Backup"], ["personal", "work"])
        assert stored(ada) == []
        assert post(ada, KEYS, shown | {"password": [PASSWORD]}).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": [""]},
        {"name": ["   "]},
        {"name": ["x" * 101]},
        {"name": ["x" * 10_000]},
        {"name": ["a\x00b"]},
        {"name": ["one", "two"]},
        {"expiry": ["31"]},
        {"expiry": []},
        {"scope": []},
        {"read": []},
        {"read": ["Not a slug"]},
        {"new_namespace": ["Bücher & mehr"]},
        {"password": ["wrong"]},
        {"password": [""]},
    ],
)
def test_what_makes_no_key_is_said_at_the_form_which_stays_filled_in(ada: AuthHarness, wrong: dict[str, Any]) -> None:
    answer = post(ada, KEYS, opened(ada) | {"name": ["Backup"]} | wrong)
    assert answer.status_code == 400
    assert re.search(r'role="alert"|aria-invalid="true"', answer.text)
    assert stored(ada) == []
    mended = form_fields(answer.text, KEYS) | {
        "name": ["Backup"],
        "scope": ["memory:read"],
        "read": ["personal"],
        "expiry": ["30"],
        "new_namespace": [""],
    }
    assert post(ada, KEYS, mended | {"password": [PASSWORD]}).status_code == 200


def test_two_keys_that_work_have_two_names(ada: AuthHarness) -> None:
    made(ada)
    answer = post(ada, KEYS, opened(ada) | {"name": [" Backup "]})
    assert answer.status_code == 400
    act(ada, stored(ada)[0], "revoke")
    made(ada)
    assert len(stored(ada)) == 2


def test_a_revoked_key_opens_nothing_and_its_history_stays(ada: AuthHarness) -> None:
    """AS-96, K18."""
    secret = made(ada)
    [key] = stored(ada)
    answer = act(ada, key, "revoke")
    assert answer.status_code == 303
    page = ada.http.get(answer.headers["location"]).text
    assert "The key is revoked" in page
    assert "Ended, 1" in page
    assert "Revoked" in page
    assert ada.introspect(secret) == {"active": False}


def test_a_deleted_key_is_in_no_list(ada: AuthHarness) -> None:
    """K19: it was ended before; what the audit log says of it stays."""
    made(ada)
    [key] = stored(ada)
    act(ada, key, "revoke")
    answer = act(ada, key, "delete")
    assert "Backup" not in ada.http.get(answer.headers["location"]).text
    assert stored(ada) == []
    assert ada.http.get(f"{KEYS}/{key.id}").status_code == 404


def test_a_replaced_key_works_as_long_as_was_said(ada: AuthHarness) -> None:
    """AS-96: the successor has its name and reach."""
    old = made(ada, read=["work"])
    [key] = stored(ada)
    answer = act(ada, key, "replace", overlap="7", password=PASSWORD)
    assert answer.status_code == 200
    new = secret_on(answer)
    assert ada.introspect(old)["authorization_details"] == ada.introspect(new)["authorization_details"]
    with later(days=7, minutes=1):
        assert ada.introspect(old) == {"active": False}
        assert ada.introspect(new)["active"] is True


def test_replaced_at_once_it_ends_at_once_and_a_second_press_makes_nothing(ada: AuthHarness) -> None:
    old = made(ada)
    [key] = stored(ada)
    form = form_fields(ada.http.get(f"{KEYS}/{key.id}").text, "/replace") | {"password": [PASSWORD]}
    assert post(ada, f"{KEYS}/{key.id}/replace", form).status_code == 200
    assert ada.introspect(old) == {"active": False}
    assert post(ada, f"{KEYS}/{key.id}/replace", form).status_code == 400
    assert len(stored(ada)) == 2


@pytest.mark.parametrize("fields", [{"overlap": "31", "password": PASSWORD}, {"password": "wrong"}, {"overlap": ""}])
def test_a_replacement_that_cannot_be_changes_nothing(ada: AuthHarness, fields: dict[str, str]) -> None:
    secret = made(ada)
    assert act(ada, stored(ada)[0], "replace", **fields).status_code == 400
    assert ada.introspect(secret)["active"] is True


def test_only_an_administrator_can_make_a_key_that_administers(ada: AuthHarness) -> None:
    """AS-119: a box of its own, not there for others; impersonation is in no form."""
    assert 'value="admin"' not in ada.http.get(f"{KEYS}/new").text
    made(ada, scope=["memory:read", "admin", "impersonate"])
    with ada.database() as session:
        session.exec(select(User)).one().is_admin = True
    form = opened(ada)
    assert form["scope"] == ["memory:read"]
    made(ada, name="Admin", scope=["admin", "impersonate"], read=[])
    assert [key.scope for key in stored(ada)] == ["memory:read", "admin"]
    assert "May administer this Ostiary." in ada.http.get(KEYS).text


def test_a_key_of_somebody_else_is_not_there(ada: AuthHarness) -> None:
    """AS-119: to look at, to end, to delete or to replace."""
    secret = made(ada)
    [key] = stored(ada)
    ada.create_user("bob@example.org")
    bob = ada.new_browser()
    ada.sign_in("bob@example.org", browser=bob)
    token = form_fields(bob.get("/account/apps").text, "/logout")["csrf_token"]
    assert bob.get(f"{KEYS}/{key.id}").status_code == 404
    for action in ("revoke", "delete", "replace"):
        form = {"csrf_token": token, "overlap": "0", "password": PASSWORD}
        assert bob.post(f"{KEYS}/{key.id}/{action}", data=form, headers=own_origin(bob)).status_code == 404
    assert "Backup" not in bob.get(KEYS).text
    assert ada.introspect(secret)["active"] is True


def test_fifty_keys_fit_the_page(ada: AuthHarness) -> None:
    with ada.database() as session:
        owner = session.exec(select(User)).one()
        for number in range(50):
            session.add(ApiKey(digest=f"d{number}", name=f"Key {number}", user_id=owner.id, scope="memory:read"))
    page = ada.http.get(KEYS)
    assert page.status_code == 200
    assert page.text.count("Replace or revoke") == 50


def test_the_empty_page_says_who_needs_a_key(ada: AuthHarness) -> None:
    assert "You have no API key that works." in ada.http.get(KEYS).text


def test_a_form_from_elsewhere_makes_no_key(ada: AuthHarness) -> None:
    """AS-91: another Origin, another token."""
    form = opened(ada) | {"name": ["Backup"]}
    assert ada.http.post(KEYS, data=form, headers={"Origin": "http://localhost:1"}).status_code == 403
    assert post(ada, KEYS, form | {"csrf_token": ["x"]}).status_code == 403
    assert stored(ada) == []
