"""What a command loads before it does its work."""

import subprocess
import sys


def test_the_command_line_loads_no_command_before_it_is_asked_for() -> None:
    """A server's start would wait for the database, the templates and the cryptography of all the others."""
    looking = "import sys, cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", looking], capture_output=True, text=True, check=True).stdout.split()
    assert not {"auth_server", "resource_server", "sqlalchemy", "uvicorn", "pydantic"} & set(loaded)
