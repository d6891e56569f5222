"""`ostiary memory`: what people's vaults hold, for who runs the installation; each command is in a file of its own."""

import typer

from cli.memory_doctor import doctor

app = typer.Typer(no_args_is_help=True, help="People's vaults: check, search, move, index anew.")


@app.callback()
def group() -> None:
    """People's vaults: check, search, move, index anew."""


app.command("doctor")(doctor)
