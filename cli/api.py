"""`ostiary api`: the words of an earlier system's guide for the commands of `ostiary keys` (K14 to K19)."""

import typer

from cli import keys

app = typer.Typer(no_args_is_help=True, help="API keys, in the words of Kagura's guide; see `ostiary keys`.")


@app.callback()
def group() -> None:
    """API keys, in the words of Kagura's guide; see `ostiary keys`."""


app.command("create-key")(keys.create)
app.command("list-keys")(keys.list_all)
app.command("revoke-key")(keys.revoke)
app.command("delete-key")(keys.delete)
