"""`ostiary bench`: measures this installation's own code, away from its data."""

import typer

from cli.memory_bench.command import memory

app = typer.Typer(no_args_is_help=True, help="Measure how well memories are found, and how fast.")


@app.callback()
def group() -> None:
    """Measure how well memories are found, and how fast."""


app.command("memory")(memory)
