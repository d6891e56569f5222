"""A database that breaks under the running server: every address has an answer in its own form, with a reference."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.doors import Connection, Doors
from tests.gateway.rest.plain_apps import PlainApp, plain_app, refused
from tests.mcp_messages import initialize
from tests.resource_server.test_plain_routes import catalog, get
from tests.web.browsing import Visitor, new_visitor

REFERENCE = re.compile(r"ref_[0-9a-z]{26}")


@dataclass(frozen=True)
class Broken:
    """Doors whose database was overwritten, and who came in before."""

    doors: Doors
    app: PlainApp
    connection: Connection
    visitor: Visitor


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broken]:
    """Nothing can be read in resource.db any more."""
    doors = Doors(tmp_path_factory.mktemp("broken"))
    doors.start_auth()
    doors.start_resource()
    came = Broken(
        doors, plain_app(doors, scope="gateway:call gateway:manage"), doors.person().connect(), new_visitor(doors)
    )
    came.visitor.page("/servers")
    assert came.app.get("/mcp/servers").status_code == 200
    for file in doors.data_dir.glob("resource.db*"):
        file.write_bytes(b"this is no database" * 1000)
    yield came
    came.visitor.http.close()
    doors.close()


def reference_in(text: str) -> str:
    """The one that the answer gives; nothing else of what happened stands there."""
    assert "sqlite" not in text.lower()
    assert "Traceback" not in text
    found = REFERENCE.findall(text)
    assert len(found) == 1, text
    return str(found[0])


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/mcp/servers"), ("GET", "/mcp/tools"), ("POST", "/sessions/create")]
)
def test_the_api_answers_in_its_own_form(
    broken: Broken, method: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = broken.app.get(path) if method == "GET" else broken.app.post(path, {"metadata": {}})
    assert refused(answer) == (500, "internal_error")
    assert reference_in(answer.text) in capsys.readouterr().out
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_page_of_a_known_origin_may_read_it(broken: Broken) -> None:
    headers = broken.app.headers | {"Origin": broken.doors.origin}
    answer = get(broken.doors, "/mcp/servers", **headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, broken.doors.origin)


def test_the_mcp_endpoint_answers_in_json_rpc(broken: Broken) -> None:
    """A session cannot be remembered."""
    answer = broken.connection.post(initialize())
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, -32603)
    reference_in(answer.text)


def test_a_question_of_the_authorization_server_is_answered_in_json(broken: Broken) -> None:
    answer = catalog(broken.doors, broken.doors.claims(broken.connection)["sub"])
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
    reference_in(answer.text)


def test_a_person_gets_a_page_and_a_program_json(broken: Broken) -> None:
    page = broken.visitor.http.get(f"{broken.doors.origin}/servers", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
    reference_in(page.text)
    said = broken.visitor.http.get(f"{broken.doors.origin}/servers", headers={"Accept": "application/json"})
    assert (said.status_code, said.json()["error"]) == (500, "internal_error")


@pytest.mark.parametrize(
    "path",
    ["/", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp", "/mcp/openapi.json"],
)
def test_what_needs_no_database_is_there_as_ever(broken: Broken, path: str) -> None:
    assert get(broken.doors, path).json()


def test_health_says_so_without_a_cause(broken: Broken) -> None:
    answer = get(broken.doors, "/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "error")
