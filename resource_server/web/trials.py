"""A server is tried from a page: opened anew, whatever was known of it."""

import anyio

from resource_server.gateway.gateway import Gateway
from resource_server.gateway.trial import Trial, try_server
from resource_server.gateway.upstream import Upstream


async def tried(gateway: Gateway, upstream: Upstream, user_id: str) -> Trial:
    """With what goes to the server when this person calls. What comes of it is what the next list shows, too."""
    secrets = await anyio.to_thread.run_sync(gateway.upstreams.secrets_for, upstream, user_id)
    if secrets is None:
        return Trial(problem=f"{upstream.name} cannot be tried before you connected it.")
    trial = await try_server(upstream, secrets, gateway.ways)
    watch = gateway.links.watches.of(upstream, user_id)
    if trial.problem:
        watch.failed(trial.problem)
    else:
        watch.worked(trial.listed_ms / 1000)
    gateway.listings.forget(upstream.id)
    return trial
