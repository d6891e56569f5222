"""How `ostiary clients show` shows an app: lines for people, JSON for scripts."""

import json
from dataclasses import asdict
from datetime import datetime

import typer

from auth_server.administration.client_details import ClientDetails
from cli.client_listing import verdicts


def print_client(details: ClientDetails, *, as_json: bool) -> None:
    """Everything about it."""
    if as_json:
        members = {**asdict(details.listed), **asdict(details)}
        del members["listed"]
        typer.echo(json.dumps(members, indent=2, default=datetime.isoformat))
        return
    for label, value in _lines(details):
        typer.echo(f"{label:<16}{value}")


def _lines(details: ClientDetails) -> list[tuple[str, str]]:
    listed = details.listed
    lines = [
        ("Name", listed.name),
        ("Client id", listed.client_id),
        ("Known", _origin(details)),
        ("Since", f"{listed.created_at:%Y-%m-%d %H:%M} UTC"),
        ("Proves itself", details.method),
        ("Answers to", " ".join(details.redirect_uris)),
        ("In its own name", details.reach),
        ("Connections", str(listed.live_grants)),
        ("You said", ", ".join(verdicts(listed))),
        ("Earlier secret", _until(details.earlier_secret_until)),
    ]
    return [(label, value) for label, value in lines if value]


def _origin(details: ClientDetails) -> str:
    if details.document_host:
        return f"by its document at {details.document_host}"
    if details.entered_by:
        return f"entered by {details.entered_by}"
    return f"registered itself{f' from {details.registered_from}' if details.registered_from else ''}"


def _until(end: datetime | None) -> str:
    return f"works until {end:%Y-%m-%d %H:%M} UTC" if end is not None else ""
