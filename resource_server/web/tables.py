"""The tables of the pages: who is signed in, and which sign-ins came back already."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from shared.clock import now
from shared.database import UtcDateTime


class WebSession(SQLModel, table=True):
    """One browser of one person; `digest` is the cookie's. `sealed` are the tokens of the grant behind it."""

    __tablename__ = "web_sessions"

    digest: str = Field(primary_key=True, repr=False)
    user_id: str = Field(index=True)
    grant_id: str
    sealed: bytes = Field(repr=False)
    proof_digest: str = Field(default="", repr=False)
    """Of what a sign-in to confirm something left for one form; empty when it is spent."""
    authenticated_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SpentSignIn(SQLModel, table=True):
    """A sign-in that came back from the authorization server; its state is good once (OAuth 2.1 §7.12)."""

    __tablename__ = "spent_sign_ins"

    digest: str = Field(primary_key=True, repr=False)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
