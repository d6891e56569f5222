"""The MCP conformance suite through the gateway: a server at its own address passes what it passes directly.

Every scenario that a revision requires, and scenarios are counted: a server that is not there passes many checks too.
"""

from pathlib import Path

import pytest

from tests.doors import Doors
from tests.e2e.conformance import BIN, Checks, results, start_suite, with_status
from tests.gateway.conftest import Behind
from tests.gateway.connecting import connect
from tests.token_proxy import TokenProxy

pytestmark = pytest.mark.timeout(240)

REQUIRED = {"2025-11-25": 30, "2026-07-28": 37}
LISTS = BIN.parent / "@modelcontextprotocol" / "conformance" / "requirements"


def required_of_servers(revision: str) -> list[str]:
    """The scenarios under `server:` in the suite's own list of a revision."""
    lines = (LISTS / f"{revision}.yaml").read_text().splitlines()
    after = lines[lines.index("server:") + 1 :]
    named = [line.strip() for line in after[: next(place for place, line in enumerate(after) if line[:1].isalpha())]]
    return [line.removeprefix("- ") for line in named if line.startswith("- ")]


def run(url: str, revision: str, folder: Path) -> Checks:
    """One run of the suite against a server."""
    suite = start_suite("server", "--url", url, "--requirements", revision, "-o", str(folder))
    suite.communicate()
    return results(folder)


@pytest.mark.parametrize("revision", ["2025-11-25", pytest.param("2026-07-28", marks=pytest.mark.thorough)])
def test_every_required_scenario_passes_through_the_gateway(
    doors: Doors, behind: Behind, everything_url: str, tmp_path: Path, revision: str
) -> None:
    behind.http("everything", everything_url)
    address = f"{doors.origin}/servers/everything/mcp"
    app = connect(doors.person(), address)
    with TokenProxy(doors.resource_port, app.access_token) as proxy:
        found = run(f"http://localhost:{proxy.port}/servers/everything/mcp", revision, tmp_path)
    wanted = required_of_servers(revision)
    assert len(wanted) == REQUIRED[revision]
    failed = {name: with_status(found.get(name, []), "FAILURE") for name in wanted}
    assert [name for name in wanted if failed[name]] == [], failed
    assert [name for name in wanted if not with_status(found.get(name, []), "SUCCESS")] == []
