"""How `ostiary trust show` shows the rules: lines for people, JSON for scripts."""

import json
from dataclasses import asdict

import typer

from auth_server.trust.overview import TrustOverview
from auth_server.trust.rules import RegistrationMode

REGISTRATION = {
    RegistrationMode.OPEN: "open: every app may register itself",
    RegistrationMode.TOKEN: "token: apps need an initial access token",
    RegistrationMode.OFF: "off: apps are entered by hand",
}


def print_overview(overview: TrustOverview, *, as_json: bool) -> None:
    """All rules."""
    if as_json:
        typer.echo(json.dumps(asdict(overview), indent=2))
        return
    for label, value in _lines(overview):
        typer.echo(f"{label:<22}{value}")


def _lines(overview: TrustOverview) -> list[tuple[str, str]]:
    lines = [
        ("Registration", REGISTRATION[overview.registration]),
        ("Initial access tokens", f"{overview.initial_access_tokens} good now"),
        ("Metadata documents", "on" if overview.documents else "off"),
        ("Allowed hosts", ", ".join(overview.allowed_hosts) or "every host that is not denied"),
    ]
    if overview.denied_hosts:
        lines.append(("Denied hosts", ", ".join(overview.denied_hosts)))
    return lines
