"""What a command loads before it does its work."""

import subprocess
import sys

import pytest
from typer.main import get_command

from cli.main import app
from cli.on_demand import PLACES

LOOKING = """
import sys
from cli.main import app
app(sys.argv[1:], standalone_mode=False)
print("loaded", *{name.partition(".")[0] for name in sys.modules})
"""


def test_the_command_line_loads_no_command_before_it_is_asked_for() -> None:
    """A server's start would wait for the database, the templates and the cryptography of all the others."""
    said = subprocess.run([sys.executable, "-c", LOOKING, "--help"], capture_output=True, text=True, check=True).stdout
    page, _, loaded = said.partition("loaded")
    assert "Start both servers" in page
    assert not {"auth_server", "resource_server", "sqlalchemy", "uvicorn", "pydantic"} & set(loaded.split())


@pytest.mark.parametrize("name", PLACES)
def test_the_page_of_all_commands_says_of_each_what_it_says_of_itself(name: str) -> None:
    command = get_command(app).commands[name]  # type: ignore[attr-defined]  # it is the group
    assert command.help == PLACES[name].what
