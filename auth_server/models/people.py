"""People and service accounts, their browsers, and every way they sign in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from shared.clock import now
from shared.database import UtcDateTime
from shared.ids import new_id


class UserKind(StrEnum):
    """Who or what an account is for."""

    PERSON = "person"
    SERVICE = "service"
    """A program with memories of its own, known by an API key; nobody signs in as it."""


class User(SQLModel, table=True):
    """A person, or a service account. `email` is stored case-folded and is what people sign in with.

    An empty `password_hash` means that there is no password: the person signs in some other way, a service never.
    """

    __tablename__ = "users"

    id: str = Field(default_factory=lambda: new_id("usr"), primary_key=True)
    kind: str = UserKind.PERSON
    email: str = Field(unique=True, index=True)
    name: str = ""
    password_hash: str = Field(default="", repr=False)
    is_admin: bool = False
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    email_verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_signed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sealed_totp_secret: bytes | None = Field(default=None, repr=False)
    totp_confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_last_step: int | None = None
    """The time step of the last code that was accepted: each is good once (RFC 6238 §5.2)."""

    @property
    def is_person(self) -> bool:
        """Whether somebody signs in as it."""
        return self.kind == UserKind.PERSON

    @property
    def has_password(self) -> bool:
        """Whether a password opens the account."""
        return bool(self.password_hash)

    @property
    def asks_code(self) -> bool:
        """Whether a code of an authenticator app is asked for after the password."""
        return self.totp_confirmed_at is not None


class BrowserSession(SQLModel, table=True):
    """One signed-in browser; the cookie holds the secret, this row its digest. `id` may be shown and named in forms."""

    __tablename__ = "browser_sessions"

    digest: str = Field(primary_key=True, repr=False)
    id: str = Field(default_factory=lambda: new_id("bss"), unique=True, index=True)
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    authenticated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When the person last proved who they are in this browser."""
    methods: str = "pwd"
    """How they did: `pwd`, `otp`, `hwk`, `fed` and the like, separated by spaces (RFC 8176)."""
    last_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    user_agent: str = ""
    address: str = ""


class Passkey(SQLModel, table=True):
    """A public key credential of a person (Web Authentication Level 3 §4); `id` is the credential id in base64url."""

    __tablename__ = "passkeys"

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    name: str = ""
    public_key: bytes = Field(repr=False)
    sign_count: int = 0
    transports: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    is_backed_up: bool = False
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecoveryCode(SQLModel, table=True):
    """A code that replaces the authenticator app once."""

    __tablename__ = "recovery_codes"

    digest: str = Field(primary_key=True, repr=False)
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LinkedIdentity(SQLModel, table=True):
    """A person as an upstream provider knows them: its name here, and its `sub`."""

    __tablename__ = "linked_identities"

    provider: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    email: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UpstreamSignIn(SQLModel, table=True):
    """A sign-in that was sent to an upstream provider and has not come back; its state is good once (AS-32)."""

    __tablename__ = "upstream_sign_ins"

    state_digest: str = Field(primary_key=True, repr=False)
    provider: str
    browser_digest: str = Field(repr=False)
    """Of the cookie of the browser that set out, which alone may come back."""
    user_id: str | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE")
    """Who links the provider to their account; None for a sign-in."""
    then: str = ""
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OneTimeToken(SQLModel, table=True):
    """A link that works once: the first administrator's, a password reset, the proof of an e-mail address."""

    __tablename__ = "one_time_tokens"

    digest: str = Field(primary_key=True, repr=False)
    purpose: str
    user_id: str | None = Field(default=None, foreign_key="users.id", index=True, ondelete="CASCADE")
    email: str = ""
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Invitation(SQLModel, table=True):
    """Somebody may make an account, once; for `email` if it names one."""

    __tablename__ = "invitations"

    id: str = Field(default_factory=lambda: new_id("inv"), primary_key=True)
    digest: str = Field(unique=True, repr=False)
    email: str = ""
    is_admin: bool = False
    invited_by: str | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    user_id: str | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    """Who accepted it."""


class Erasure(SQLModel, table=True):
    """An account that was deleted: the resource server is told until it says that nothing of it can be read any more.

    `user_id` names nobody any longer. `facts` are what the certificate says.
    """

    __tablename__ = "erasures"

    id: str = Field(default_factory=lambda: new_id("era"), primary_key=True)
    user_id: str = Field(index=True)
    digest: str = Field(unique=True, repr=False)
    """Of the secret in the address of the certificate."""
    requested_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    facts: dict[str, str | int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
