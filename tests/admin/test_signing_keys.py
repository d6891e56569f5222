"""Signing keys: which signs, rotated by hand or by schedule, ended before their time; and what fails closed (AS-63)."""

import json
from base64 import urlsafe_b64decode
from typing import Any

from sqlalchemy import text
from sqlmodel import select

from auth_server.app import open_services
from auth_server.models import SigningKey
from auth_server.signing_keys import rotate_when_due
from tests.admin.api import AdminApi, send_form
from tests.auth_harness import AuthHarness, error_of, later
from tests.cli.invoking import refuse, run
from tests.consent_form import PASSWORD

PAGE = "/admin/signing-keys"


def states(answer: Any) -> list[str]:
    return [key["state"] for key in answer.json()["items"]]


def published(auth: AuthHarness) -> set[str]:
    return {key["kid"] for key in auth.http.get("/.well-known/jwks.json").json()["keys"]}


def test_the_list_names_every_published_key(api: AdminApi) -> None:
    """AS-63."""
    answer = api.get("/signing-keys")
    assert states(answer) == ["active", "next"]
    assert {key["kid"] for key in answer.json()["items"]} == published(api.auth)


def test_a_rotation_too_soon_says_when_it_works(api: AdminApi) -> None:
    possible = api.get("/signing-keys").json()["possible_at"]
    answer = api.post("/signing-keys/rotate")
    assert error_of(answer) == (409, "conflict")
    assert possible[:19] in answer.json()["error_description"]


def test_after_a_rotation_the_old_key_stays_published(api: AdminApi) -> None:
    """AS-63."""
    old, following = (key["kid"] for key in api.get("/signing-keys").json()["items"])
    with later(hours=1):
        answer = api.post("/signing-keys/rotate")
        assert states(answer) == ["active", "next", "retired"]
        assert answer.json()["items"][0]["kid"] == following
        assert old in published(api.auth)
        [event] = api.get("/audit", kind="signing_key_rotated").json()["items"]
    assert event["by"] == api.root.id
    with later(hours=2):
        assert old not in published(api.auth)


def test_a_retired_key_is_ended_at_once(api: AdminApi) -> None:
    api.auth.create_user()
    api.auth.sign_in()
    token = api.auth.tokens(api.auth.register())["access_token"]
    assert api.auth.introspect(token)["active"]
    old = api.get("/signing-keys").json()["items"][0]["kid"]
    assert error_of(api.post(f"/signing-keys/{old}/retire")) == (409, "conflict")
    with later(minutes=6):
        api.post("/signing-keys/rotate")
        assert api.auth.introspect(token)["active"]
        assert states(api.post(f"/signing-keys/{old}/retire")) == ["active", "next"]
        assert not api.auth.introspect(token)["active"]
        assert error_of(api.post(f"/signing-keys/{old}/retire")) == (404, "not_found")


def test_the_page_rotates_and_retires(root: AuthHarness) -> None:
    assert send_form(root, PAGE, f"{PAGE}/rotate").status_code == 409
    with later(minutes=6):
        answer = send_form(root, PAGE, f"{PAGE}/rotate")
        assert answer.headers["location"] == "/admin/signing-keys?done=rotated"
        assert "signs from now on" in root.http.get(answer.headers["location"]).text
        with root.database() as session:
            old = next(key.kid for key in session.exec(select(SigningKey)) if key.retired_at)
        wrong = send_form(root, PAGE, f"{PAGE}/retire", named="another")
        assert (wrong.status_code, "aria-invalid" in wrong.text) == (400, True)
        unproven = send_form(root, PAGE, f"{PAGE}/retire", named=old[:8], password="not it at all")
        assert unproven.status_code == 400
        done = send_form(root, PAGE, f"{PAGE}/retire", named=old[:8], password=PASSWORD)
        assert done.headers["location"] == "/admin/signing-keys?done=retired"
        assert old not in published(root)


def test_a_key_that_is_not_there_is_not_retired(root: AuthHarness) -> None:
    with later(minutes=6):
        send_form(root, PAGE, f"{PAGE}/rotate")
        assert send_form(root, PAGE, f"{PAGE}/retire", named="\x00unknown").status_code == 400


def test_the_schedule_rotates_once_however_many_ask(auth: AuthHarness) -> None:
    """Each process looks; the first one that is due rotates, and the others find that nothing is due."""
    other = open_services(auth.settings)
    with later(days=89), auth.database() as session:
        assert not rotate_when_due(session, auth.services.signing_seal, 90)
    with later(days=91):
        with auth.database() as session:
            assert rotate_when_due(session, auth.services.signing_seal, 90)
        with auth.database() as session:
            assert not rotate_when_due(session, other.signing_seal, 90)
    other.engine.dispose()


def test_no_schedule_never_rotates(auth: AuthHarness) -> None:
    with later(days=3000), auth.database() as session:
        assert not rotate_when_due(session, auth.services.signing_seal, 0)


def test_a_rotation_by_another_process_counts_at_once(ada: AuthHarness) -> None:
    """The opened key is kept, but which key signs is read anew for each token."""
    client = ada.register()
    first = ada.tokens(client)
    with later(minutes=6):
        run("signing-keys", "rotate", "--data-dir", str(ada.settings.data_dir))
        second = ada.refresh(client, first["refresh_token"]).json()
    assert kid_of(first["access_token"]) != kid_of(second["access_token"])


def kid_of(token: str) -> str:
    return str(json.loads(urlsafe_b64decode(token.split(".")[0] + "=="))["kid"])


def test_a_key_that_cannot_be_opened_is_a_failure_of_ours(ada: AuthHarness) -> None:
    """503, so that no client throws away its registration; the code may be redeemed once the key is back."""
    client = ada.register()
    code = ada.approve(client)["code"]
    with ada.database() as session:
        kept = session.connection().execute(text("SELECT kid, sealed_private_key FROM signing_keys")).all()
        session.connection().execute(text("UPDATE signing_keys SET sealed_private_key = X'00'"))
    answer = ada.redeem(client, code)
    assert error_of(answer) == (503, "temporarily_unavailable")
    with ada.database() as session:
        for kid, sealed in kept:
            session.get_one(SigningKey, kid).sealed_private_key = sealed
    assert ada.redeem(client, code).status_code == 200


def test_commands_list_rotate_and_retire(beside: AuthHarness) -> None:
    [old, _] = json.loads(run("signing-keys", "list", "--json"))
    assert "active" in run("signing-keys", "list")
    assert "try again at" in refuse("signing-keys", "rotate")
    assert "in use" in refuse("signing-keys", "retire", old["kid"])
    with later(minutes=6):
        run("signing-keys", "rotate")
        run("signing-keys", "retire", old["kid"])
    assert "no published key" in refuse("signing-keys", "retire", old["kid"])
    assert old["kid"] not in published(beside)


def test_a_key_whose_name_begins_with_a_dash_is_named_like_any_other(beside: AuthHarness) -> None:
    """RFC 7638: a thumbprint may begin with any letter of base64url."""
    with beside.database() as session:
        session.connection().execute(text("UPDATE signing_keys SET kid = '-8b' || substr(kid, 4)"))
    kid = json.loads(run("signing-keys", "list", "--json"))[0]["kid"]
    assert "in use" in refuse("signing-keys", "retire", kid)
