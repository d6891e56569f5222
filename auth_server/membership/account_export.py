"""Everything that is kept of a person, as one ZIP made while it is sent; secrets are not kept, so none are in it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlmodel import Session, col, or_, select

from auth_server.client_identity import display_name
from auth_server.keys.api_keys import keys_of
from auth_server.membership.memory_export import MemoryStream
from auth_server.models import AuditEvent, BrowserSession, Client, Grant, LinkedIdentity, Passkey, User

INCOMPLETE = (
    "The memories in this file are not all there: the connection to the server that keeps them broke off.\n"
    "Download your data again.\n"
)


def account_data(session: Session, user: User) -> dict[str, Any]:
    """The account in plain values."""
    return {
        "account": user.model_dump(
            mode="json", exclude={"password_hash", "sealed_totp_secret", "totp_last_step", "kind"}
        )
        | {"has_password": user.has_password},
        "connected_apps": [_grant(grant, client) for grant, client in _grants(session, user)],
        "api_keys": [key.model_dump(mode="json", exclude={"digest"}) for key in keys_of(session, user.id)],
        "passkeys": _rows(session, Passkey, user, {"public_key"}),
        "browsers": _rows(session, BrowserSession, user, {"digest"}),
        "linked_identities": _rows(session, LinkedIdentity, user, set()),
        "events": [event.model_dump(mode="json", exclude={"hash"}) for event in _events(session, user)],
    }


def archive(
    account: dict[str, Any], memories: MemoryStream, records: Mapping[str, MemoryStream] | None = None
) -> Iterator[bytes]:
    """The ZIP in pieces: the account, the memories, `records`, and a file that says so if something is missing."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as file:  # type: ignore[call-overload]  # it only ever writes
        file.writestr("account.json", json.dumps(account, indent=2, ensure_ascii=False))
        yield sink.take()
        streams = {"memories": memories, **(records or {})}
        for name, stream in streams.items():
            with file.open(f"{name}.jsonl", "w", force_zip64=True) as entry:
                for lines in stream:
                    entry.write(lines)
                    yield sink.take()
        if not all(stream.is_complete for stream in streams.values()):
            file.writestr("MEMORIES-ARE-MISSING.txt", INCOMPLETE)
    yield sink.take()


class _Sink:
    """What ZipFile writes, until it is taken."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def take(self) -> bytes:
        """What was written since it was last asked."""
        taken, self._written = bytes(self._written), bytearray()
        return taken


def _grants(session: Session, user: User) -> Iterable[tuple[Grant, Client]]:
    pairs = select(Grant, Client).where(Grant.client_id == Client.client_id, Grant.user_id == user.id)
    return session.exec(pairs.order_by(col(Grant.created_at)))


def _grant(grant: Grant, client: Client) -> dict[str, Any]:
    return {"app": display_name(client)} | grant.model_dump(mode="json", exclude={"user_id", "client_snapshot"})


def _rows(
    session: Session, table: type[Passkey | BrowserSession | LinkedIdentity], user: User, without: set[str]
) -> list[dict[str, Any]]:
    found = session.exec(select(table).where(table.user_id == user.id).order_by(col(table.created_at)))
    return [row.model_dump(mode="json", exclude=without) for row in found]


def _events(session: Session, user: User) -> Iterable[AuditEvent]:
    about = or_(AuditEvent.user_id == user.id, AuditEvent.by == user.id)
    return session.exec(select(AuditEvent).where(about).order_by(col(AuditEvent.sequence)))
