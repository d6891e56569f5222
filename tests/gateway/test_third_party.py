"""A server of somebody else's from PyPI behind the gateway, added as the example says: each person has their own."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import ROOT
from tests.doors import MASTER_KEY, Doors, Person, wait_until
from tests.gateway.test_tools import EVERYTHING, answered, names
from tests.key_holders import KeyHolder, key_of

pytestmark = pytest.mark.foreign


def described(app: KeyHolder) -> str:
    """How the clock describes itself to the app's person."""
    tools = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()["result"]["tools"]
    return str(next(tool["inputSchema"] for tool in tools if tool["name"] == "clock__get_current_time"))


@pytest.mark.usefixtures("behind")
def test_each_person_has_a_clock_of_their_own_zone(doors: Doors, tmp_path: Path) -> None:
    environment = os.environ | {
        "OSTIARY_DATA_DIR": str(doors.data_dir),
        "OSTIARY_MASTER_KEY": MASTER_KEY,
        "CLOCK_FOLDER": str(tmp_path / "clock"),
    }

    def enter(person: Person, zone: str) -> str:
        script = ["sh", "examples/clock_behind_the_gateway.sh", person.email, zone]
        done = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    ada, bob = doors.person(), doors.person()
    apps = [key_of(one, scope="gateway:call", details=[EVERYTHING]) for one in (ada, bob)]
    assert "clock works" in enter(ada, "Europe/Berlin")
    wait_until(lambda: names(apps[0]) == ["clock__convert_time", "clock__get_current_time"])
    assert names(apps[1]) == []
    enter(bob, "Asia/Tokyo")
    wait_until(lambda: len(names(apps[1])) == 2)
    assert "Europe/Berlin" in described(apps[0])
    assert "Asia/Tokyo" in described(apps[1])
    now = answered(apps[0], "clock__get_current_time", timezone="Europe/Berlin")
    assert '"timezone": "Europe/Berlin"' in now["content"][0]["text"]
