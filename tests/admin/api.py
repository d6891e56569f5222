"""The administration API in a test: an administrator's key, and words for asking with it."""

from typing import Any

import pytest

from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.models import User
from shared.scopes import Scope
from tests.auth_harness import AuthHarness
from tests.consent_form import form_fields, own_origin

ROOT = "grace@example.org"


class AdminApi:
    """Asks in the name of an administrator."""

    def __init__(self, auth: AuthHarness) -> None:
        self.auth = auth
        self.root = auth.create_user(ROOT, is_admin=True)
        self.key = key_of(auth, self.root)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def ask(self, method: str, path: str, **request: Any) -> Any:
        """The answer; the browser of the harness takes no part in it."""
        return self.auth.new_browser().request(method, f"/admin/api{path}", headers=self.headers, **request)

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Any:
        return self.ask("POST", path, json=body)


def key_of(auth: AuthHarness, owner: User, *scopes: Scope) -> str:
    """A key of `owner`, which may administer unless `scopes` say what it may."""
    with auth.database() as session:
        draft = KeyDraft(f"key {len(scopes)}", scopes or (Scope.ADMIN,), ())
        return create_key(session, session.merge(owner), draft).secret


@pytest.fixture
def api(auth: AuthHarness) -> AdminApi:
    """The administration API of a server of its own."""
    return AdminApi(auth)


@pytest.fixture
def root(api: AdminApi) -> AuthHarness:
    """The same server, with the administrator signed in at its browser."""
    api.auth.sign_in(ROOT)
    return api.auth


def send_form(auth: AuthHarness, page: str, action: str, **fields: Any) -> Any:
    """What the browser of the harness gets when it sends the form of `page` that posts to `action`."""
    kept = form_fields(auth.http.get(page).text, action)
    return auth.http.post(action, data=kept | fields, headers=own_origin(auth.http))
