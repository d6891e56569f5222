"""`ostiary users verify-erasure`: whether a certificate is this installation's, and unchanged."""

from pathlib import Path
from typing import Annotated

import typer

from auth_server.membership.erasure_certificates import CertificateBrokenError, verify_certificate
from cli.auth_database import auth_database
from cli.failures import stop
from cli.options import DataDir


def verify_erasure(
    file: Annotated[Path, typer.Argument(help="The certificate, as it was downloaded.", exists=True, dir_okay=False)],
    data_dir: DataDir = None,
) -> None:
    """Check the certificate of a deleted account, and print what it says."""
    try:
        with auth_database(data_dir) as database:
            said = verify_certificate(database.session, file.read_bytes())
    except CertificateBrokenError as wrong:
        stop(str(wrong))
    typer.echo("Genuine: signed by this Ostiary and unchanged.")
    facts = said["destroyed"] if isinstance(said.get("destroyed"), dict) else {}
    shown = {name: said.get(name) for name in ("erasure", "account", "requested_at", "acknowledged_at")} | facts
    for name, value in shown.items():
        typer.echo(f"  {name.replace('_', ' ')}: {value}")
