"""A server where people may sign in with others: one of them a second Ostiary, one that is down."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import select

from auth_server.models import LinkedIdentity, User
from tests.auth_harness import AuthHarness, auth_settings
from tests.servers import RunningServer, free_port

ADA = "ada@example.org"
GOOGLE = {"id": "google", "kind": "google", "client_id": "an-id", "client_secret": "a-secret"}
GITHUB = {"id": "github", "kind": "github", "client_id": "an-id", "client_secret": "a-secret"}


@contextmanager
def site_with_providers(folder: Path) -> Iterator[str]:
    """Its address; Ada has linked Google."""
    port = free_port()
    url = f"http://localhost:{port}"
    down = GOOGLE | {"id": "down", "kind": "oidc", "issuer": f"http://localhost:{free_port()}", "label": "The office"}
    auth = AuthHarness(auth_settings(folder, issuer=url, providers=json.dumps([GOOGLE, GITHUB, down])))
    auth.create_user(ADA)
    with auth.database() as session:
        ada = session.exec(select(User)).one()
        session.add(LinkedIdentity(provider="google", subject="1", user_id=ada.id, email="ada.lovelace@gmail.com"))
    running = RunningServer(auth.app, port)
    try:
        yield url
    finally:
        running.stop()
