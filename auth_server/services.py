"""What the authorization server's process holds from its start to its end."""

from dataclasses import dataclass, field
from threading import Event

import anyio
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Engine

from auth_server.mail.outbox import Outbox
from auth_server.settings import Settings
from shared.activity import Activity
from shared.installation import Installation
from shared.master_key import MasterKey
from shared.safe_fetch import SafeFetch

TURNS = 12
"""Requests that may hold a session at once: fewer than the engine has connections and the process has threads."""


@dataclass(frozen=True)
class Services:
    """Built once by `create_app`, handed to whoever needs it; two apps in one process share nothing.

    `ending` is set when the process begins to end: nobody should wait for news any longer. `turns` is what requests
    wait for before they open a session.
    """

    settings: Settings
    installation: Installation
    master_key: MasterKey
    engine: Engine
    limiter: MovingWindowRateLimiter
    fetch: SafeFetch
    outbox: Outbox
    activity: Activity = field(default_factory=Activity)
    ending: Event = field(default_factory=Event)
    turns: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(TURNS))

    @property
    def signing_seal(self) -> bytes:
        """The key that seals private signing keys at rest."""
        return self.master_key.derive("auth signing keys")

    @property
    def successor_key(self) -> bytes:
        """The key from which a refresh token's successor is derived."""
        return self.master_key.derive("auth refresh successors")
