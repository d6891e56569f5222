"""Both servers in this process, with somebody who listens at the doors, and a web where clients' documents lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sqlmodel import Session, col, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth_server.grants import edit_grant
from auth_server.models import Grant, User
from auth_server.trust.rules import allow_documents
from shared.database import open_engine, unit_of_work
from shared.scopes import Scope as Permission
from tests.document_host import DocumentHost
from tests.doors import Doors, Person


@dataclass(frozen=True)
class Heard:
    """One request of a client; names of headers are in lower case, `body` is what the app has read of it."""

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytearray = field(repr=False, default_factory=bytearray)

    @property
    def form(self) -> dict[str, str]:
        """What was sent as a form; secrets are in it."""
        return dict(parse_qsl(self.body.decode())) if "form" in self.headers.get("content-type", "") else {}


class Ear:
    """ASGI: hears every request and changes nothing."""

    def __init__(self, app: ASGIApp, heard: list[Heard]) -> None:
        self._app = app
        self._heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Notes the request, and its body as the app reads it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        heard = Heard(scope["method"], scope["path"], headers)
        self._heard.append(heard)

        async def listening() -> Message:
            message = await receive()
            heard.body.extend(message.get("body", b""))
            return message

        await self._app(scope, listening, send)


class WatchedDoors(Doors):
    """`web` is where the authorization server finds every host; `heard` is what arrived at either server."""

    def __init__(self, data_dir: Path, **resource_settings: Any) -> None:
        self.web = DocumentHost()
        super().__init__(data_dir, self.web.network, **resource_settings)
        self.heard: list[Heard] = []

    def __enter__(self) -> "WatchedDoors":
        self.start_auth()
        self.start_resource()
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()
        self.web.stop()

    def auth_app(self) -> ASGIApp:
        """As it is, overheard."""
        return Ear(super().auth_app(), self.heard)

    def resource_app(self) -> ASGIApp:
        """As it is, overheard."""
        return Ear(super().resource_app(), self.heard)

    def protocol_heard(self) -> str:
        """The MCP revision that a client spoke last."""
        spoken = [request.headers.get("mcp-protocol-version") for request in self.heard if request.path == "/mcp"]
        return [version for version in spoken if version][-1]

    def grants_heard(self) -> list[str]:
        """The grant types of all token requests so far, of those whose body has arrived."""
        forms = [request.form for request in self.heard if request.path == "/token"]
        return [form["grant_type"] for form in forms if "grant_type" in form]

    @contextmanager
    def without_documents(self) -> Iterator[None]:
        """An administrator has turned metadata documents off, so clients register."""
        self._allow_documents(False)
        try:
            yield
        finally:
            self._allow_documents(True)

    def edit_grants_of(self, person: Person, scopes: tuple[Permission, ...]) -> None:
        """The person leaves no more than `scopes` to every app they have connected."""
        with self._database() as session:
            owned = select(Grant).join(User).where(User.email == person.email, col(Grant.revoked_at).is_(None))
            for grant in session.exec(owned):
                edit_grant(session, grant, revision=grant.revision, scopes=scopes, details=grant.details)

    def _allow_documents(self, is_allowed: bool) -> None:
        with self._database() as session:
            allow_documents(session, is_allowed)

    @contextmanager
    def _database(self) -> Iterator[Session]:
        engine = open_engine(f"sqlite:///{self.data_dir / 'auth.db'}")
        with unit_of_work(engine) as session:
            yield session
        engine.dispose()
