"""The pages of people, apps, connections and keys: what they show, what they do, and for whom they do nothing."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.keys.service_accounts import service_account
from auth_server.models import User
from shared.authorization_details import MemoryDetail
from shared.scopes import Scope
from tests.admin.api import AdminApi
from tests.admin.pages import ADA, act, connected, fill, is_administrator, press, secret_in
from tests.auth_harness import PASSWORD, AuthHarness
from tests.consent_form import form_fields, own_origin

READING = (MemoryDetail(actions=("read",), namespaces=("secret-diary",)),)


PAGES = ("/admin/people", "/admin/clients", "/admin/grants", "/admin/keys", "/admin/people/invite", "/admin/keys/new")


@pytest.fixture
def ada(api: AdminApi) -> User:
    """Somebody who is no administrator, and not signed in."""
    return api.auth.create_user("ada@example.org")


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_for_administrators(ada: User, root: AuthHarness, page: str) -> None:
    browser = root.new_browser()
    assert browser.get(page).status_code == 303
    root.sign_in(ada.email, browser=browser)
    assert browser.get(page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", ["q=%00%ff", "page=99999999", "q=%25&kind=nothing&state=nothing", "person=x&app=%F0"])
def test_strange_addresses_are_lists_all_the_same(root: AuthHarness, page: str, query: str) -> None:
    """AS-121: no 5xx, whatever stands behind the question mark."""
    assert root.http.get(f"{page}?{query}").status_code == 200


def test_no_page_tells_what_a_person_keeps_where(ada: User, root: AuthHarness) -> None:
    """AS-119: names of namespaces are the person's own."""
    client, _ = connected(root)
    with root.database() as session:
        key = create_key(session, session.merge(ada), KeyDraft("Mine", (Scope.MEMORY_READ,), READING)).key
    for page in (f"/admin/people/{ada.id}", "/admin/grants", f"/admin/clients/{client.id}", f"/admin/keys/{key.id}"):
        shown = root.http.get(page)
        assert shown.status_code == 200
        assert "secret-diary" not in shown.text
    assert "reads 1 namespace" in root.http.get(f"/admin/people/{ada.id}").text


def test_a_person_is_disabled_with_the_administrators_password(ada: User, root: AuthHarness) -> None:
    """AS-115: on plain http a cookie alone does nothing grave."""
    _, tokens = connected(root)
    place = f"/admin/people/{ada.id}"
    refused = act(root, place, "disable", password=["not the password"])
    assert refused.status_code == 400
    assert root.introspect(tokens["access_token"])["active"] is True
    assert act(root, place, "disable").status_code == 303
    assert root.introspect(tokens["access_token"]) == {"active": False}
    assert press(root, place, "enable").status_code == 303
    assert root.introspect(tokens["access_token"])["active"] is True


def test_rights_are_given_and_taken(ada: User, root: AuthHarness) -> None:
    place = f"/admin/people/{ada.id}"
    assert act(root, place, "make-administrator").status_code == 303
    assert is_administrator(root, ada)
    assert act(root, place, "unmake-administrator").status_code == 303
    assert not is_administrator(root, ada)


def test_the_last_administrator_is_told_why_they_stay_one(api: AdminApi, root: AuthHarness) -> None:
    for word in ("unmake-administrator", "disable"):
        refused = act(root, f"/admin/people/{api.root.id}", word)
        assert refused.status_code == 409
        assert "last administrator" in refused.text


def test_of_two_administrators_who_take_each_others_rights_one_stays(api: AdminApi, ada: User) -> None:
    """At the same instant, again and again: somebody can always administer."""
    auth = api.auth
    with auth.database() as session:
        session.get_one(User, ada.id).is_admin = True
    barrier = Barrier(2)

    def demote(user: User) -> int:
        barrier.wait()
        change = {"is_admin": False}
        return int(api.ask("PATCH", f"/people/{user.id}", json=change).status_code)

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(demote, (api.root, ada)))
    assert statuses[0] == 200
    assert statuses[1] in (403, 409)
    assert sorted([is_administrator(auth, api.root), is_administrator(auth, ada)]) == [False, True]


def test_signing_out_everywhere_ends_browsers_apps_and_keys(ada: User, root: AuthHarness) -> None:
    """AS-37, AS-96: by an administrator too."""
    _, tokens = connected(root)
    assert act(root, f"/admin/people/{ada.id}", "sign-out").status_code == 303
    assert root.introspect(tokens["access_token"]) == {"active": False}


def test_a_link_for_a_new_password_goes_to_the_person_alone(ada: User, root: AuthHarness) -> None:
    """AS-119: whoever had it could read what they remember."""
    answer = press(root, f"/admin/people/{ada.id}", "reset-password")
    assert answer.status_code == 303
    assert "reset-password?token" not in root.http.get(answer.headers["location"]).text


def test_a_person_is_deleted_by_name_and_leaves_a_certificate(ada: User, root: AuthHarness) -> None:
    _, tokens = connected(root)
    place = f"/admin/people/{ada.id}"
    assert act(root, place, "delete", named=["somebody else"]).status_code == 400
    deleted = act(root, place, "delete", named=[ADA])
    assert "/erasures/era_" in secret_in(deleted.text, r"http[^<]*")
    assert root.introspect(tokens["access_token"]) == {"active": False}
    assert root.http.get(place).status_code == 404


def test_an_invitation_is_shown_once_and_can_be_withdrawn(root: AuthHarness) -> None:
    made = fill(root.http, "/admin/people/invite", "/admin/people/invite", email=["new@example.org"])
    link = secret_in(made.text, r"http[^<]*")
    assert root.new_browser().get(link).status_code == 200
    listed = root.http.get("/admin/people?kind=invited")
    assert "new@example.org" in listed.text
    assert link not in listed.text
    form = form_fields(listed.text, "/invitations/withdraw")
    withdrawn = root.http.post("/admin/people/invitations/withdraw", data=form, headers=own_origin(root.http))
    assert withdrawn.status_code == 303
    assert root.new_browser().get(link).status_code == 403


@pytest.mark.usefixtures("ada")
def test_a_connection_is_ended_on_its_page(root: AuthHarness) -> None:
    _, tokens = connected(root)
    found = re.search(r"/admin/grants/(grt_\w+)", root.http.get("/admin/grants?q=ada").text)
    assert found is not None
    assert "memory, conversations, graph" in root.http.get(f"/admin/grants/{found[1]}").text
    assert act(root, f"/admin/grants/{found[1]}", "revoke").status_code == 303
    assert root.introspect(tokens["access_token"]) == {"active": False}


def test_a_key_is_made_for_a_service_and_ended(root: AuthHarness) -> None:
    with root.database() as session:
        service = service_account(session, "ci-bot")
    page = "/admin/keys/new"
    may = {"read": ["work"], "servers": ["github=search files"]}
    made = fill(root.http, page, page, owner=[service.id], name=["Nightly"], days=["30"], **may)
    assert made.status_code == 200
    assert secret_in(made.text, "ost_[^<]*") not in root.http.get("/admin/keys").text
    found = re.search(r"/admin/keys/(key_\w+)", made.text)
    assert found is not None
    place = f"/admin/keys/{found[1]}"
    shown = root.http.get(place).text
    assert "reads 1 namespace, calls tools of 2 servers" in shown
    assert "memory, conversations, graph" in shown
    assert act(root, place, "rotate", overlap_hours=["24"]).status_code == 200
    assert act(root, place, "revoke").status_code == 303
    assert act(root, place, "delete").status_code == 303
    assert root.http.get(place).status_code == 404


def test_no_key_to_a_persons_memories_is_made_for_an_administrator(ada: User, root: AuthHarness) -> None:
    """AS-119: whoever makes a key sees it."""
    page = "/admin/keys/new"
    refused = fill(root.http, page, page, owner=[ada.id], name=["Mine"], read=["personal"], days=["30"])
    assert refused.status_code == 400
    assert "theirs to make" in refused.text


@pytest.mark.parametrize("place", ["/admin/people/x", "/admin/clients/doc.x", "/admin/grants/x", "/admin/keys/x"])
def test_what_is_gone_has_a_page_that_says_so(root: AuthHarness, place: str) -> None:
    assert root.http.get(place).status_code == 404
    assert root.http.get(f"{place}/delete").status_code == 404
    assert root.http.get(f"{place}/no-such-act").status_code == 404


def test_no_form_of_another_page_does_anything(ada: User, root: AuthHarness) -> None:
    """AS-91: the token and our own Origin."""
    for word in ("make-administrator", "disable", "sign-out"):
        answer = root.http.post(f"/admin/people/{ada.id}/{word}", data={"password": PASSWORD})
        assert answer.status_code == 403
    assert not is_administrator(root, ada)
