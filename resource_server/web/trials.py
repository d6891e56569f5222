"""A server is tried from a page: opened anew, whatever was known of it."""

import anyio

from resource_server.gateway.gateway import Gateway
from resource_server.gateway.oauth.persons_credential import PersonsCredential
from resource_server.gateway.trial import Trial, try_server
from resource_server.gateway.upstream import Upstream


async def tried(gateway: Gateway, upstream: Upstream, user_id: str) -> Trial:
    """With what goes to the server when this person calls. Its list is asked for anew by the page that tells of it."""
    credentials = gateway.upstreams.credentials
    secrets = await anyio.to_thread.run_sync(credentials.secrets_for, upstream, user_id)
    if secrets is None:
        wanted = await anyio.to_thread.run_sync(credentials.wanted_by, upstream, user_id)
        return Trial(problem=wanted.said)
    auth = PersonsCredential(gateway.access, upstream, user_id) if upstream.uses_oauth else None
    trial = await try_server(upstream, secrets, gateway.ways, auth)
    if not trial.problem:
        gateway.links.watches.of(upstream, user_id).breaker.worked()
    gateway.listings.forget(upstream.id)
    return trial
