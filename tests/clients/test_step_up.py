"""Apps that were allowed to read only, and write: their clients ask the person once more, and the call goes on.

Not every client does. The TypeScript SDK 1 (1.32) renews its token instead, which widens nothing, and gives up; the
Inspector's command line calls no tool that is not listed, and what an app may not use is not.
"""

from pathlib import Path

import pytest

from tests.clients.desktop import Desktop
from tests.clients.seen import Flow, Identity, Seen
from tests.clients.ways import WAYS, Way
from tests.doors import Doors

pytestmark = pytest.mark.foreign

DOING_IT = ("TypeScript SDK 2", "mcp-remote", "FastMCP")
STEPPING_UP = [way for way in WAYS if way.client in DOING_IT and way.identity == Identity.REGISTRATION]


@pytest.mark.parametrize("way", STEPPING_UP, ids=lambda way: way.client)
def test_an_app_that_may_only_read_steps_up_when_it_writes(way: Way, doors: Doors, tmp_path: Path, seen: Seen) -> None:
    """RFC 6750 §3.1: 403 insufficient_scope sends the person to a consent page that offers what is missing too."""
    with Desktop(doors.person(), tmp_path) as desktop, way.start(desktop, doors.mcp_url) as app:
        desktop.choices = {"scope": ["memory:read"]}
        protocol = app.connect()
        assert "memory_store" not in app.tools()
        desktop.choices = {}
        app.call("memory_store", text="Now it may write.")
        assert app.call("memory_stats")["total"] == 1
        assert len(desktop.opened) == 2
    seen(way.client, way.package(), protocol, way.identity, Flow.STEP_UP)
