"""What servers get from this installation and from its people: sealed, each for one server and one person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import select

from resource_server.gateway.checks import check_secrets
from resource_server.gateway.given import forget_one
from resource_server.gateway.oauth.challenges import Challenge
from resource_server.gateway.oauth.clients import ClientStore
from resource_server.gateway.oauth.tokens import Tokens, TokenStore
from resource_server.gateway.tables import UpstreamCredential, UpstreamServer
from resource_server.gateway.upstream import NOBODY, InvalidServerError, Secrets, Upstream
from resource_server.gateway.wanted import CredentialWantedError, Wants
from shared.database import unit_of_work
from shared.ids import new_id
from shared.sealing import seal, unseal


@dataclass(frozen=True)
class Credentials:
    """`key` seals them."""

    engine: Engine
    key: bytes

    @property
    def tokens(self) -> TokenStore:
        """What people got by connecting servers (OAuth)."""
        return TokenStore(self.engine, self.key)

    def enter(self, upstream: Upstream, user_id: str, secrets: Mapping[str, str]) -> None:
        """A person's own take the place of those before. Raises InvalidServerError for any other than it asks for."""
        if not upstream.asks or set(secrets) != set(upstream.asks):
            raise InvalidServerError(
                f"{upstream.name} asks each person for {' and '.join(upstream.asks)}."
                if upstream.asks
                else f"{upstream.name} asks nobody for a credential of their own."
            )
        check_secrets(upstream.transport, secrets)
        with unit_of_work(self.engine) as session:
            found = session.get(UpstreamCredential, (upstream.id, user_id))
            entered = found or UpstreamCredential(server_id=upstream.id, user_id=user_id, sealed=b"", revision="")
            entered.sealed, entered.revision = self.sealed(upstream.id, user_id, secrets), new_id("rev")
            session.add(entered)

    def forget(self, upstream: Upstream, user_id: str) -> None:
        """A person's are gone, what they entered and their tokens."""
        with unit_of_work(self.engine) as session:
            forget_one(session, upstream.id, user_id)

    def people_of(self, upstream: Upstream) -> frozenset[str]:
        """The ids of those who entered theirs."""
        with unit_of_work(self.engine, read_only=True) as session:
            theirs = select(UpstreamCredential.user_id).where(UpstreamCredential.server_id == upstream.id)
            return frozenset(session.exec(theirs).all())

    def secrets_for(self, upstream: Upstream, user_id: str) -> Secrets | None:
        """What goes to the server when this person calls; None where they have to enter theirs, or connect it, first.

        A token of theirs may have ended: `oauth.access` renews it, and is the way for requests. Without one, the server
        may still refuse what is not open to everybody.
        """
        with unit_of_work(self.engine, read_only=True) as session:
            server = session.get(UpstreamServer, upstream.id)
            entered = session.get(UpstreamCredential, (upstream.id, user_id))
        values = self.opened(server.sealed, upstream.id, NOBODY) if server and server.sealed else {}
        if upstream.asks:
            if entered is None:
                return None
            values |= self.opened(entered.sealed, upstream.id, user_id)
        if server is not None and server.oauth is not None:
            return self._with_token(upstream, user_id, values)
        return Secrets(values)

    def is_given(self, upstream: Upstream, user_id: str) -> bool:
        """Whether the person gave all that the server may want of them."""
        held = self.tokens.of(upstream.id, user_id) if upstream.uses_oauth else None
        is_connected = not upstream.uses_oauth or (held is not None and not held.is_refused)
        return is_connected and self.secrets_for(upstream, user_id) is not None

    def _with_token(self, upstream: Upstream, user_id: str, values: Mapping[str, str]) -> Secrets | None:
        """Who never connected the server goes without, unless whoever runs this installation decided otherwise.

        Who connected it is not served as a stranger when their token is not taken any more.
        """
        held = self.tokens.of(upstream.id, user_id)
        others = {name: value for name, value in values.items() if name.lower() != "authorization"}
        if (
            held is None
            and len(others) == len(values)
            and not ClientStore(self.engine, self.key).is_entered(upstream.id)
        ):
            return Secrets(others)
        if held is None or held.is_refused:
            return None
        return Secrets({**others, "Authorization": f"Bearer {held.tokens.access_token}"})

    def wanted_by(self, upstream: Upstream, user_id: str) -> CredentialWantedError:
        """What the person has to do where there are no secrets for them."""
        with unit_of_work(self.engine, read_only=True) as session:
            is_entered = session.get(UpstreamCredential, (upstream.id, user_id)) is not None
        if upstream.asks and not is_entered:
            return CredentialWantedError(upstream.name, Wants.ENTRY)
        held = self.tokens.of(upstream.id, user_id)
        return CredentialWantedError(upstream.name, Wants.CONNECTION, again=held is not None)

    def protect(self, upstream: Upstream, challenge: Challenge) -> None:
        """People connect this server, from now on (OAuth): so it said when it refused one."""
        with unit_of_work(self.engine) as session:
            if (server := session.get(UpstreamServer, upstream.id)) is not None and server.oauth is None:
                _protect(server, challenge)
                session.add(server)

    def challenge_of(self, upstream: Upstream) -> Challenge:
        """What the server said when it refused; empty where nothing is known."""
        with unit_of_work(self.engine, read_only=True) as session:
            server = session.get(UpstreamServer, upstream.id)
        return Challenge(**server.oauth) if server is not None and server.oauth else Challenge()

    def connect(self, server_id: str, user_id: str, tokens: Tokens) -> bool:
        """The person connected the server; False where it is gone."""
        with unit_of_work(self.engine) as session:
            server = session.get(UpstreamServer, server_id)
            if server is not None and server.oauth is None:
                _protect(server, Challenge())
                session.add(server)
        if server is not None:
            self.tokens.keep(server_id, user_id, tokens)
        return server is not None

    def sent_to(self, upstream: Upstream) -> dict[str, str]:
        """What everybody's calls carry."""
        with unit_of_work(self.engine, read_only=True) as session:
            server = session.get(UpstreamServer, upstream.id)
        return self.opened(server.sealed, upstream.id, NOBODY) if server and server.sealed else {}

    def sealed(self, server_id: str, user_id: str, secrets: Mapping[str, str]) -> bytes:
        """For this server and person alone."""
        return seal(self.key, json.dumps(dict(secrets)).encode(), _purpose(server_id, user_id))

    def opened(self, sealed: bytes, server_id: str, user_id: str) -> dict[str, str]:
        """Raises SealBrokenError for what was sealed for another."""
        opened: dict[str, str] = json.loads(unseal(self.key, sealed, _purpose(server_id, user_id)))
        return opened


def _protect(server: UpstreamServer, challenge: Challenge) -> None:
    server.oauth = {"scope": challenge.scope, "resource_metadata": challenge.resource_metadata}
    server.revision = new_id("rev")


def _purpose(server_id: str, user_id: str) -> str:
    """Names whom a credential is for: moved to another row it does not open."""
    return f"upstream credential of {server_id} for {user_id or 'everybody'}"
