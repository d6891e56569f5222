"""People on the way to an authorization server: each bound to session, person, server and issuer, and good once."""

import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, delete, select, update

from resource_server.gateway.oauth.client_identity import Client
from resource_server.gateway.oauth.errors import AttemptRefusedError
from resource_server.gateway.oauth.tables import UpstreamAttempt
from resource_server.gateway.oauth.tokens import Tokens
from shared.clock import now
from shared.database import unit_of_work
from shared.sealing import seal, unseal
from shared.secrets import digest, matches

LIFETIME = timedelta(minutes=10)
MOST_BEGUN = 20
"""By one person, within that time."""


@dataclass(frozen=True)
class Attempt:
    """What the rest of the way needs. `expected` are the tokens that a code becomes, still empty."""

    server_id: str
    user_id: str
    expected: Tokens
    verifier: str = field(repr=False)
    redirect_uri: str
    says_issuer: bool


@dataclass(frozen=True)
class AttemptStore:
    """`key` seals what nobody else may read."""

    engine: Engine
    key: bytes = field(repr=False)

    def begin(self, attempt: Attempt, state: str, session_id: str) -> None:
        """The person pressed Connect. What is too old goes."""
        sealed = seal(self.key, json.dumps(asdict(attempt)).encode(), _purpose(digest(state)))
        with unit_of_work(self.engine) as session:
            session.exec(delete(UpstreamAttempt).where(col(UpstreamAttempt.expires_at) < now() - LIFETIME))
            session.add(
                UpstreamAttempt(
                    state=digest(state), server_id=attempt.server_id, user_id=attempt.user_id, sealed=sealed,
                    session=digest(session_id), issuer=attempt.expected.issuer, expires_at=now() + LIFETIME,
                )
            )  # fmt: skip

    def check_pace(self, user_id: str) -> None:
        """Raises AttemptRefusedError for who leaves again and again: each may be a new registration somewhere."""
        with unit_of_work(self.engine, read_only=True) as session:
            begun = col(UpstreamAttempt.user_id) == user_id, col(UpstreamAttempt.expires_at) > now()
            if len(session.exec(select(UpstreamAttempt.state).where(*begun)).all()) >= MOST_BEGUN:
                raise AttemptRefusedError("You began this very often just now. Try it again in ten minutes.")

    def has_gone_astray(self, server_id: str, user_id: str) -> bool:
        """Whether the person left lately and did not come back, as where the client is not known any more."""
        mine = UpstreamAttempt.server_id == server_id, UpstreamAttempt.user_id == user_id
        with unit_of_work(self.engine, read_only=True) as session:
            left = session.exec(select(UpstreamAttempt).where(*mine, col(UpstreamAttempt.used_at).is_(None))).first()
        return left is not None

    def spend(self, state: str, session_id: str, user_id: str) -> Attempt:
        """The attempt of this state, for who began it: once, whoever asks. Raises AttemptRefusedError."""
        this = col(UpstreamAttempt.state) == digest(state)
        with unit_of_work(self.engine) as session:
            unused = this, col(UpstreamAttempt.used_at).is_(None), col(UpstreamAttempt.expires_at) > now()
            is_first = session.exec(update(UpstreamAttempt).where(*unused).values(used_at=now())).rowcount == 1
            row = session.exec(select(UpstreamAttempt).where(this)).first() if is_first else None
        if row is None:
            raise AttemptRefusedError("This way back was used already, or is older than ten minutes.")
        if row.user_id != user_id:
            raise AttemptRefusedError("Somebody else began this. Whoever did has to finish it.")
        if not matches(session_id, row.session):
            raise AttemptRefusedError("This was begun in another browser, or before you signed in anew.")
        return self._opened(row)

    def _opened(self, row: UpstreamAttempt) -> Attempt:
        told: dict[str, Any] = json.loads(unseal(self.key, row.sealed, _purpose(row.state)))
        expected = Tokens(**told["expected"] | {"client": Client(**told["expected"]["client"])})
        return Attempt(**told | {"expected": expected})


def _purpose(state: str) -> str:
    return f"upstream attempt {state}"
