"""The MCP conformance suite against the two real processes.

Most server scenarios call fixture tools, resources and prompts of the suite's own example server. The lists below name
those that need none; every other failure must say that it misses such a fixture and nothing else.
"""

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.consent_form import approve_in_browser
from tests.doors import Person
from tests.e2e.conformance import Checks, results, start_suite, with_status
from tests.installation import Installation
from tests.loopback import LOOPBACK
from tests.servers import free_port
from tests.token_proxy import TokenProxy

pytestmark = [pytest.mark.xdist_group("installation"), pytest.mark.timeout(240)]

PASSING = {
    "2025-11-25": {
        "dns-rebinding-protection",
        "ping",
        "server-initialize",
        "server-session-lifecycle",
        "server-sse-multiple-streams",
        "tools-list",
    },
    "2026-07-28": {
        "dns-rebinding-protection",
        "http-header-validation",
        "sep-2164-resource-not-found",
        "server-sse-multiple-streams",
        "tools-list",
    },
}
PASSING_CHECKS = {
    "server-stateless": 20,
    "caching": 4,
}
"""Scenarios of 2026-07-28 that mix both kinds: how many checks pass at least."""

MISSES_A_FIXTURE = re.compile(
    r"Unknown tool|Unknown prompt|Resource not found|Method not found|Not testable|not found\. Available tools"
    r"|Prerequisite failed|Expected InputRequiredResult with"
)
EXTENSION = "tasks-"
"""Scenarios of an optional extension, which are not required by any revision."""


@pytest.fixture(scope="module")
def person(installation: Installation) -> Person:
    """Who lends the suite an identity."""
    return installation.person()


@pytest.fixture(scope="module", params=[pytest.param("2025-11-25", marks=pytest.mark.thorough), "2026-07-28"])
def run(
    request: pytest.FixtureRequest,
    installation: Installation,
    person: Person,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Checks]:
    """One run of everything a revision requires: the revision, and what the suite found."""
    folder = tmp_path_factory.mktemp("conformance")
    with TokenProxy(installation.ports["mcp"], person.connect().access_token) as proxy:
        url = f"http://localhost:{proxy.port}/mcp"
        suite = start_suite("server", "--url", url, "--requirements", request.param, "-o", str(folder))
        suite.communicate()
        # A dead server passes many checks too.
        answer = httpx2.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, **LOOPBACK)
    assert answer.json()["result"]["tools"]
    assert installation.is_alive()
    return request.param, results(folder)


def test_every_scenario_that_needs_no_fixture_passes(run: tuple[str, Checks]) -> None:
    revision, found = run
    assert found.keys() >= PASSING[revision]
    for scenario in PASSING[revision]:
        assert with_status(found[scenario], "FAILURE") == {}, scenario
        assert with_status(found[scenario], "SUCCESS"), scenario


def test_every_other_failure_is_a_missing_fixture(run: tuple[str, Checks]) -> None:
    _, found = run
    other = {
        f"{scenario}: {check}": message
        for scenario, checks in found.items()
        if not scenario.startswith(EXTENSION)
        for check, message in with_status(checks, "FAILURE").items()
        if not MISSES_A_FIXTURE.search(message)
    }
    assert other == {}


def test_the_checks_of_mixed_scenarios_that_need_no_fixture_pass(run: tuple[str, Checks]) -> None:
    revision, found = run
    if revision == "2026-07-28":
        passed = {name: len(successes(found[name])) for name in PASSING_CHECKS}
        assert all(passed[name] >= least for name, least in PASSING_CHECKS.items()), passed


def test_authorization_passes_two_of_two_without_a_warning(
    installation: Installation, person: Person, tmp_path: Path
) -> None:
    """Metadata, and the authorization code grant without `scope`; the suite waits for the browser to come back."""
    port = free_port()
    client_id = installation.register(redirect_uris=[f"http://127.0.0.1:{port}/callback"])
    suite = start_suite(
        *("authorization", "--url", installation.issuer, "--client-id", client_id, "--port", str(port)),
        *("--resource", installation.mcp_url, "--spec-version", "2026-07-28", "-o", str(tmp_path)),
    )
    assert suite.stdout is not None
    authorization_url = next(line.strip() for line in suite.stdout if line.startswith(f"{installation.issuer}/"))
    endpoint, _, query = authorization_url.partition("?")
    assert endpoint == f"{installation.issuer}/authorize"
    back = approve_in_browser(person.browser, dict(httpx2.QueryParams(query)), {})
    httpx2.get(back, **LOOPBACK)
    suite.communicate()
    found = results(tmp_path)
    assert found.keys() == {"authorization-server-metadata-endpoint", "authorization-code-grant"}
    for checks in found.values():
        assert {check["status"] for check in checks} == {"SUCCESS"}, checks


def successes(checks: list[dict[str, Any]]) -> list[str]:
    """Every check that passed, once for each time."""
    return [check["id"] for check in checks if check["status"] == "SUCCESS"]
