"""`ostiary memory`: what people's vaults hold, for who runs the installation; each command is in a file of its own."""

import typer

from cli.memory_backup import backup
from cli.memory_chat import chat_endpoint
from cli.memory_doctor import doctor
from cli.memory_documents import add
from cli.memory_exporting import export
from cli.memory_importing import import_, imports
from cli.memory_ledger import ledger
from cli.memory_quarantine import app as quarantine
from cli.memory_reading import list_memories, search
from cli.memory_reindex import reindex
from cli.memory_restore import restore
from cli.memory_share import app as share

app = typer.Typer(no_args_is_help=True, help="People's vaults: check, search, move, index anew.")


@app.callback()
def group() -> None:
    """People's vaults: check, search, move, index anew."""


app.command("doctor")(doctor)
app.command("reindex")(reindex)
app.command("list")(list_memories)
app.command("search")(search)
app.command("backup")(backup)
app.command("add")(add)
app.command("restore")(restore)
app.command("export")(export)
app.command("import")(import_)
app.command("imports")(imports)
app.command("ledger")(ledger)
app.add_typer(quarantine, name="quarantine")
app.add_typer(share, name="share")
app.command("chat-endpoint")(chat_endpoint)
