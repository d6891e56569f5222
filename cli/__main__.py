"""`python -m cli` is `ostiary`, for places where the script is not on PATH."""

from cli.main import app

app(prog_name="ostiary")
