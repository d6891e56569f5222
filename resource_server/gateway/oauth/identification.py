"""Which client this installation is to an authorization server: by hand, by a document, or registered, in this order.

Each server behind the gateway has a way back of its own, so that an answer which one authorization server was asked for
cannot be passed off as another's (RFC 9700 §4.4.2.2). A document has one for all, and is used where answers say whose
they are (RFC 9207).
"""

from dataclasses import dataclass

import anyio

from resource_server.gateway.oauth.attempts import AttemptStore
from resource_server.gateway.oauth.client_document import DOCUMENT_PATH, callback_url, can_be_read
from resource_server.gateway.oauth.client_identity import Client, entered_client
from resource_server.gateway.oauth.clients import ClientStore
from resource_server.gateway.oauth.discovery import Prospect
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.oauth.registration import register
from resource_server.gateway.upstream import Upstream


@dataclass(frozen=True)
class Identity:
    """The client, and where people are sent back to."""

    client: Client
    way_back: str


@dataclass(frozen=True)
class Identification:
    """`origin` is this installation's."""

    origin: str
    clients: ClientStore
    attempts: AttemptStore
    fetching: Fetching

    async def at(self, prospect: Prospect, upstream: Upstream, user_id: str) -> Identity:
        """What we are there, for this person's way. Raises UnusableServerError and NotAnsweringError."""
        server, way_back = prospect.server, callback_url(self.origin, upstream.name)
        entered = await anyio.to_thread.run_sync(self.clients.entered, upstream.id)
        if entered is not None:
            await anyio.to_thread.run_sync(self.clients.bind, upstream.id, server.issuer)
            return Identity(entered_client(entered.id, entered.secret, server), way_back)
        if server.takes_documents and server.says_issuer and await can_be_read(self.origin, self.fetching.clients):
            return Identity(Client(f"{self.origin}{DOCUMENT_PATH}"), callback_url(self.origin))
        known = await anyio.to_thread.run_sync(self.clients.registered, upstream.id, server.issuer, way_back)
        is_astray = await anyio.to_thread.run_sync(self.attempts.has_gone_astray, upstream.id, user_id)
        if known is not None and not is_astray:
            return Identity(known, way_back)
        made = await register(self.fetching, server, self.origin, way_back, " ".join(prospect.scopes))
        await anyio.to_thread.run_sync(self.clients.keep, upstream.id, server.issuer, way_back, made)
        return Identity(made.client, way_back)
