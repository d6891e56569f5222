"""The resource server, put together from its settings."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from resource_server.act_reports import ActReports
from resource_server.activity_reports import ActivityReports
from resource_server.authorization.challenges import Challenges
from resource_server.authorization.protected_resources import plain_endpoint
from resource_server.catching_up import CatchingUp
from resource_server.duties import Duty, on_duty
from resource_server.ended_grants import EndedGrants
from resource_server.erasure import Eraser
from resource_server.gateway.acts import ServerActs
from resource_server.gateway.pins import Pins
from resource_server.limits import open_limits
from resource_server.parts import Parts, open_parts
from resource_server.routes import catalog, elsewhere, export, health, legacy_discovery, memory_address, metadata, root
from resource_server.routes.accidents import AnsweredAccidents, answers
from resource_server.routes.gateway_api.dependencies import GatewayApi
from resource_server.routes.gateway_api.door import GatewayApiDoor
from resource_server.routes.gateway_api.routes import gateway_api_routes, plain_calls_at
from resource_server.routes.web import web_routes
from resource_server.settings import Settings
from resource_server.single_port.port import SinglePort
from resource_server.single_port.requirements import check_single_port
from resource_server.transport.bodies import Bodies
from resource_server.transport.browsers import Browsers
from resource_server.transport.cursors import PURPOSE as CURSORS
from resource_server.transport.cursors import Cursors
from resource_server.transport.dispatcher import Dispatcher
from resource_server.transport.entrance import Entrance
from resource_server.transport.gate import Gate
from resource_server.transport.gate_first import GateFirst
from resource_server.transport.known_heads import KnownHeads
from resource_server.transport.mounted_server import build_mounted_server
from resource_server.transport.plain_calls import PlainCalls
from resource_server.transport.quick_way import QuickWay
from resource_server.transport.server import build_server
from resource_server.transport.visitors import Visitors
from resource_server.web.site import open_site
from shared.activity import CountRequests
from shared.health import check_database
from shared.hosts import HostGuard
from shared.https_only import HttpsOnly
from shared.mounted_servers import mounted_path, server_at
from shared.proxies import TrustedProxies
from shared.security_headers import SecurityHeaders

Dispatchers = tuple[Dispatcher, Dispatcher]
"""That of the MCP endpoint, and that of single servers at their own addresses."""

CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def create_app(settings: Settings) -> Starlette:
    """Opens the data folder, migrates, and answers /mcp. Raises CannotStartError and whatever storage raises."""
    if settings.single_port:
        check_single_port(settings)
    parts = open_parts(settings)
    quick, server = QuickWay(parts.tools), build_server(parts.tools, Cursors(parts.master_key.derive(CURSORS)))
    dispatchers = (
        Dispatcher(server, parts.sessions, settings.max_body, quick),
        Dispatcher(build_mounted_server(parts.tools), parts.sessions, settings.max_body, quick, passes_on=True),
    )
    browsers = Browsers(frozenset({settings.mcp_origin, *settings.allowed_origins}))
    entrance = Entrance(parts.door.authorizer, open_limits(settings), Visitors(parts.pages))
    gate = _gate(parts, dispatchers, browsers, entrance)
    app = Starlette(
        routes=[
            *_mcp_routes(settings, gate),
            *_gateway_api_routes(parts, browsers, entrance),
            *_public_routes(parts),
            *web_routes(open_site(parts)),
            *_internal_routes(parts),
        ],
        middleware=_middleware(parts, gate),
        exception_handlers=elsewhere.handlers(settings, parts.pages),
        lifespan=_lifespan(parts, dispatchers),
    )
    app.router.redirect_slashes = False
    app.state.begin_ending = parts.door.open_calls.end_streams
    return app


def _gate(parts: Parts, dispatchers: Dispatchers, browsers: Browsers, entrance: Entrance) -> Gate:
    settings, door = parts.settings, parts.door
    return Gate(
        settings=settings,
        browsers=browsers,
        entrance=entrance,
        tools=parts.tools,
        dispatcher=dispatchers[0],
        mounted=dispatchers[1],
        open_calls=door.open_calls,
    )


def _mcp_routes(settings: Settings, gate: Gate) -> list[Route]:
    """With and without the trailing slash, neither by a redirect, which clients answer without their token."""
    mounted = mounted_path("{server}")
    return [Route(spelling, gate) for spelling in _mcp_paths(settings) | {mounted, f"{mounted}/"}]


def _mcp_paths(settings: Settings) -> set[str]:
    path = urlsplit(settings.mcp_url).path.rstrip("/")
    return {path or "/", f"{path}/"}


def _gateway_api_routes(parts: Parts, browsers: Browsers, entrance: Entrance) -> list[Route]:
    settings, resource = parts.settings, plain_endpoint(parts.settings)
    api = GatewayApi(PlainCalls(parts.tools), Challenges(resource), settings.api_commands)
    bodies = Bodies(settings.max_body, settings.body_seconds)

    def guarded(app: ASGIApp) -> GatewayApiDoor:
        return GatewayApiDoor(app, resource, settings, browsers, entrance, parts.door.open_calls, bodies)

    return gateway_api_routes(settings, api, guarded)


def _public_routes(parts: Parts) -> list[Route]:
    """What says the same to everybody."""
    return [
        *metadata.routes(parts.settings),
        *root.routes(parts.settings, parts.pages),
        *memory_address.routes(parts.pages),
        *legacy_discovery.routes(parts.settings, parts.door.client),
        *health.routes(partial(_facts, parts)),
    ]


def _internal_routes(parts: Parts) -> list[Route]:
    """What the authorization server asks in a person's name."""
    return [
        *catalog.routes(parts.settings, parts.door.tokens, parts.stores, parts.gateway),
        *export.routes(parts.settings, parts.door.tokens, parts.stores),
    ]


def _facts(parts: Parts) -> dict[str, str | int]:
    revocations = "fresh" if parts.door.feed.is_fresh() else "stale"
    facts = check_database(parts.engine) | parts.stores.facts()
    counts = parts.gateway.counts()
    return facts | counts | {"mcp_sessions": parts.sessions.check(), "revocations": revocations}


def _middleware(parts: Parts, gate: Gate) -> list[Middleware]:
    settings, paths = parts.settings, _mcp_paths(parts.settings)
    return [
        Middleware(CountRequests, activity=parts.activity, is_call=_calls(urlsplit(settings.mcp_url).path)),
        Middleware(
            SecurityHeaders,
            https=settings.mcp_url.startswith("https://"),
            referrer_policy="strict-origin-when-cross-origin",
            content_security_policy=CONTENT_SECURITY_POLICY,
        ),
        Middleware(AnsweredAccidents, answer=answers(parts.pages, _speaks_mcp(paths))),
        Middleware(KnownHeads, gate=gate, paths=paths),
        *_judging_heads(parts),
        Middleware(GateFirst, gate=gate, paths=paths),
    ]


def _judging_heads(parts: Parts) -> list[Middleware]:
    """What they judge by is all in the head of a request, and in settings."""
    settings = parts.settings
    return [
        Middleware(TrustedProxies, trusted=settings.trusted_proxies),
        Middleware(HttpsOnly, public_url=settings.mcp_url, internal_hosts=settings.internal_hosts),
        Middleware(HostGuard, public_url=settings.mcp_url, internal_hosts=settings.internal_hosts),
        *([Middleware(SinglePort, settings=settings, pages=parts.pages)] if settings.single_port else []),
    ]


def _speaks_mcp(paths: Collection[str]) -> Callable[[str], bool]:
    return lambda path: path in paths or server_at(path) is not None


def _calls(mcp_path: str) -> Callable[[Scope], bool]:
    """Which requests are those of apps: messages, and the plain API; a stream that stays open is none."""
    is_plain_call = plain_calls_at(mcp_path)

    def is_call(scope: Scope) -> bool:
        path = str(scope["path"]).rstrip("/")
        is_message = scope["method"] == "POST" and (path == mcp_path.rstrip("/") or server_at(path) is not None)
        return is_message or is_plain_call(scope["method"], path)

    return is_call


def _duties(parts: Parts) -> tuple[Duty, ...]:
    gateway, keeping, pins = parts.gateway, parts.keeping, Pins(parts.engine)
    forget = (
        pins.forget_person,
        gateway.sessions.forget_person,
        gateway.upstreams.forget_person,
        keeping.forget_person,
        parts.web_sessions.end_all_of,
    )
    eraser = Eraser(parts.engine, parts.stores, parts.sessions, parts.door.client, forget)
    parts.door.feed.on_erasures = eraser.want
    ended = EndedGrants((pins.forget_grant,))
    parts.door.feed.on_ended = ended.note
    return (
        parts.door.feed.run,
        eraser.run,
        ended.run,
        ActivityReports(parts.door.client, parts.activity).run,
        ActReports(parts.door.client, ServerActs(parts.engine)).run,
        CatchingUp(parts.stores).run,
        parts.background.run,
        keeping.run,
    )


def _lifespan(parts: Parts, dispatchers: Dispatchers) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    duties, (endpoint, mounted) = _duties(parts), dispatchers

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            async with parts.gateway.run(), endpoint.run(), mounted.run(), anyio.create_task_group() as tasks:
                for duty in duties:
                    tasks.start_soon(on_duty, duty)
                yield
                tasks.cancel_scope.cancel()
        finally:
            await parts.door.client.close()
            parts.stores.close()
            parts.engine.dispose()

    return lifespan
