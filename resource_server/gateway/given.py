"""What people gave for servers, by entering it or by connecting them: which of it there is, and the end of it."""

from collections.abc import Collection

from sqlmodel import Session, col, delete, select

from resource_server.gateway.oauth.tables import UpstreamAttempt, UpstreamClient, UpstreamToken
from resource_server.gateway.oauth.tokens import leave_to_revoke
from resource_server.gateway.tables import UpstreamCredential


def given_revisions(session: Session, servers: Collection[str], people: Collection[str]) -> dict[tuple[str, str], str]:
    """By server and person; another after each change of what they gave."""
    entered, connected = UpstreamCredential, UpstreamToken
    rows = [
        *session.exec(
            select(entered.server_id, entered.user_id, entered.revision).where(
                col(entered.server_id).in_(servers), col(entered.user_id).in_(people)
            )
        ),
        *session.exec(
            select(connected.server_id, connected.user_id, connected.revision).where(
                col(connected.server_id).in_(servers), col(connected.user_id).in_(people)
            )
        ),
    ]
    found: dict[tuple[str, str], str] = {}
    for server_id, user_id, revision in rows:
        found[server_id, user_id] = f"{found.get((server_id, user_id), '')}{revision}"
    return found


def forget_all_of_server(session: Session, server_id: str) -> None:
    """Everybody's, and what this installation is to its issuers."""
    leave_to_revoke(session, col(UpstreamToken.server_id) == server_id)
    for table in (UpstreamCredential, UpstreamToken, UpstreamAttempt, UpstreamClient):
        session.exec(delete(table).where(col(table.server_id) == server_id))


def forget_all_of_person(session: Session, user_id: str) -> None:
    """For every server."""
    leave_to_revoke(session, col(UpstreamToken.user_id) == user_id)
    for table in (UpstreamCredential, UpstreamToken, UpstreamAttempt):
        session.exec(delete(table).where(col(table.user_id) == user_id))


def forget_one(session: Session, server_id: str, user_id: str) -> None:
    """One person's for one server."""
    leave_to_revoke(session, col(UpstreamToken.server_id) == server_id, col(UpstreamToken.user_id) == user_id)
    for table in (UpstreamCredential, UpstreamToken, UpstreamAttempt):
        mine = col(table.server_id) == server_id, col(table.user_id) == user_id
        session.exec(delete(table).where(*mine))
