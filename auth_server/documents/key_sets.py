"""Reads the keys of clients that publish them at a jwks_uri: before the transaction of the request that needs them."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from limits import RateLimitItemPerMinute
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete
from starlette.concurrency import run_in_threadpool

from auth_server.clients import find_client
from auth_server.models import Client, ClientKeySet, ClientOrigin, Grant
from auth_server.oauth.client_assertion import claimed_by
from auth_server.oauth.client_keys import chosen_key, client_keys, kept_keys
from auth_server.oauth.presented_grant import presented_grant
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.required_proof import required_proof
from auth_server.oauth.service_clients import GRANT_TYPE as SERVICE_GRANT
from auth_server.services import Services
from shared.clock import now
from shared.database import unit_of_work
from shared.networks import network_of
from shared.safe_fetch import FetchFailedError, FetchRefusedError

MAX_BYTES = 64 * 1024
SECONDS = 4.0
"""Less than a document may take: the client is waiting for its token, some of them ten seconds at most."""
KEPT = timedelta(hours=1)
WHILE_DOWN = timedelta(hours=24)
"""How long keys that were read once may serve while nobody answers at the jwks_uri."""
FORGOTTEN = timedelta(days=30)
PER_KEY_SET, PER_NETWORK = RateLimitItemPerMinute(10), RateLimitItemPerMinute(30)
ACCEPTED = "application/jwk-set+json, application/json"

log = structlog.get_logger(__name__)


class KeysUnreachableError(Exception):
    """The key that the assertion names cannot be looked up now; the client may be right and should try again."""


@dataclass(frozen=True)
class _Wanted:
    """A key set to read; `knows_key` if the key is known from the last reading, which is only getting old."""

    jwks_uri: str
    knows_key: bool


async def refresh_client_keys(services: Services, request: WireRequest) -> None:
    """Reads the jwks_uri of the client if its keys are old or do not include the one that signed (AS-79).

    Holds no transaction while it waits. Raises KeysUnreachableError.
    """
    wanted = await run_in_threadpool(_wanted, services, request)
    if wanted is None:
        return
    host = urlsplit(wanted.jwks_uri).hostname
    try:
        if not _is_admitted(services, request, wanted.jwks_uri):
            raise FetchFailedError("It was read often within a minute.")
        fetched = await services.fetch.get(wanted.jwks_uri, accept=ACCEPTED, limit=MAX_BYTES, seconds=SECONDS)
        jwks = _key_set(fetched.body)
    except FetchFailedError as failed:
        log.warning("client_keys_not_read", host=host, reason=str(failed))
        if not wanted.knows_key:
            raise KeysUnreachableError from failed
    except (FetchRefusedError, ValueError, RecursionError) as refused:
        log.warning("client_keys_refused", host=host, reason=str(refused))
        await run_in_threadpool(_forget_old, services, wanted.jwks_uri)
    else:
        await run_in_threadpool(_keep, services, wanted.jwks_uri, jwks)


def _wanted(services: Services, request: WireRequest) -> _Wanted | None:
    """For whoever presents a grant of the client, and for services that an administrator entered.

    A stranger has nothing to gain, and moves nothing here.
    """
    with unit_of_work(services.engine, read_only=True) as session:
        assertion = request.parameters.get("client_assertion")
        claimed = claimed_by(assertion or "")
        client = find_client(session, request.parameters.get("client_id") or claimed.subject)
        grant = presented_grant(session, services, request)
        if client is None or not (_holds(client, grant) or _acts_for_itself(client, request)):
            return None
        proof = required_proof(client, grant, is_signed=assertion is not None)
        if proof is None or proof.jwks_uri is None:
            return None
        return _needed_reading(session, proof.jwks_uri, claimed.kid)


def _holds(client: Client, grant: Grant | None) -> bool:
    return grant is not None and grant.client_id == client.client_id


def _acts_for_itself(client: Client, request: WireRequest) -> bool:
    is_service = client.origin == ClientOrigin.ADMINISTRATOR and SERVICE_GRANT in client.grant_types
    return is_service and request.parameters.get("grant_type") == SERVICE_GRANT


def _needed_reading(session: Session, jwks_uri: str, kid: str | None) -> _Wanted | None:
    kept = session.get(ClientKeySet, jwks_uri)
    if kept is None or kept.fetched_at < now() - WHILE_DOWN:
        return _Wanted(jwks_uri, knows_key=False)
    knows_key = chosen_key(client_keys(kept.jwks), kid) is not None
    return None if knows_key and now() < kept.fetched_at + KEPT else _Wanted(jwks_uri, knows_key)


def _is_admitted(services: Services, request: WireRequest, jwks_uri: str) -> bool:
    limiter = services.limiter
    return limiter.hit(PER_NETWORK, "keys for", network_of(request.peer)) and limiter.hit(
        PER_KEY_SET, "keys at", jwks_uri
    )


def _key_set(body: bytes) -> dict[str, Any]:
    """RFC 7517 §5. Raises ValueError."""
    found = json.loads(body)
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError("It is not a set of keys.")
    return kept_keys(found["keys"])


def _forget_old(services: Services, jwks_uri: str) -> None:
    """Who answers otherwise than with keys is not down: what was read more than an hour ago no longer counts."""
    with unit_of_work(services.engine) as session:
        old = col(ClientKeySet.fetched_at) <= now() - KEPT
        session.exec(delete(ClientKeySet).where(col(ClientKeySet.jwks_uri) == jwks_uri, old))


def _keep(services: Services, jwks_uri: str, jwks: dict[str, Any]) -> None:
    try:
        with unit_of_work(services.engine) as session:
            session.exec(delete(ClientKeySet).where(col(ClientKeySet.fetched_at) < now() - FORGOTTEN))
            session.merge(ClientKeySet(jwks_uri=jwks_uri, jwks=jwks, fetched_at=now()))
    except IntegrityError:
        log.info("client_keys_read_twice", host=urlsplit(jwks_uri).hostname)
