"""The administration API against its own document, with input that schemathesis makes up: it keeps to what it says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from auth_server.keys.api_keys import KeyDraft, create_key
from shared.scopes import Scope
from tests.auth_harness import AuthHarness, auth_settings

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"), pytest.mark.timeout(600)]
"""One test asks every operation many times."""
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


@dataclass(frozen=True)
class Administered:
    """A server with people, apps and keys, and what a request of its administrator carries."""

    auth: AuthHarness
    headers: dict[str, str]


@pytest.fixture(scope="module")
def administered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Administered]:
    """One for the module: what one made-up request changes, the next one finds."""
    folder = tmp_path_factory.mktemp("administered")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        auth = AuthHarness(auth_settings(folder))
    with auth.http:
        administrator = auth.create_user(is_admin=True)
        auth.sign_in()
        auth.tokens(auth.register())
        with auth.database() as session:
            key = create_key(session, administrator, KeyDraft("schemathesis", (Scope.ADMIN,), ())).secret
        yield Administered(auth, {"Authorization": f"Bearer {key}", "Host": "localhost:9000"})


@pytest.fixture(scope="module")
def admin_schema(administered: Administered) -> Any:
    """The document, read as a program reads it."""
    return schemathesis.openapi.from_asgi(
        "/admin/api/openapi.json", administered.auth.app, headers=administered.headers
    )


schema = schemathesis.pytest.from_fixture("admin_schema")


@pytest.mark.thorough
@schema.parametrize()
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_to_the_document(case: Case, administered: Administered) -> None:
    """No 5xx; status, content type and body are among those the document names."""
    case.call_and_validate(checks=CHECKS, headers=administered.headers)


def test_the_document_describes_more_than_itself(administered: Administered) -> None:
    """An empty document would let the other test pass."""
    document = administered.auth.http.get("/admin/api/openapi.json", headers=administered.headers).json()
    assert len(document["paths"]) >= 3
    assert all("401" in operation["responses"] for path in document["paths"].values() for operation in path.values())
