"""The resource server, put together from its settings."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Scope

from resource_server.activity_reports import ActivityReports
from resource_server.authorization.door import Door, open_door
from resource_server.catching_up import CatchingUp
from resource_server.erasure import Eraser
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.opening import open_gateway
from resource_server.limits import open_limits
from resource_server.memory.conversations.chat.background import open_background
from resource_server.memory.store import MemoryStores, open_stores
from resource_server.pages import Pages
from resource_server.routes import catalog, elsewhere, export, health, legacy_discovery, memory_address, metadata, root
from resource_server.sessions import Sessions
from resource_server.settings import Settings
from resource_server.single_port.port import SinglePort
from resource_server.single_port.requirements import check_single_port
from resource_server.tools.topics import open_registry
from resource_server.transport.all_tools import AllTools
from resource_server.transport.browsers import Browsers
from resource_server.transport.dispatcher import Dispatcher
from resource_server.transport.entrance import Entrance
from resource_server.transport.gate import Gate
from resource_server.transport.server import build_server
from resource_server.transport.visitors import Visitors
from shared.activity import Activity, CountRequests
from shared.database import open_engine
from shared.health import check_database
from shared.hosts import HostGuard
from shared.https_only import HttpsOnly
from shared.installation import open_installation
from shared.master_key import MasterKey, load_master_key
from shared.migrations import migrate
from shared.proxies import TrustedProxies
from shared.security_headers import SecurityHeaders

MIGRATIONS = Path(__file__).parent / "migrations"
Duties = tuple[Callable[[], Coroutine[Any, Any, None]], ...]
"""What runs beside requests until the end."""

CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def create_app(settings: Settings) -> Starlette:
    """Opens the data folder, migrates, and answers /mcp. Raises CannotStartError and whatever storage raises."""
    if settings.single_port:
        check_single_port(settings)
    installation = open_installation(settings.data_dir)
    master_key = load_master_key(
        installation, settings.master_key.get_secret_value() if settings.master_key else None, settings.master_key_file
    )
    engine = open_engine(settings.effective_database_url, overwrites=True)
    migrate(engine, MIGRATIONS, settings.data_dir)
    stores, sessions = open_stores(settings, engine, master_key), _sessions(settings, engine, master_key)
    door, background = open_door(settings), open_background(settings, stores)
    registry = open_registry(stores, settings.mcp_origin, background, settings.tool_names)
    pages, activity = Pages(settings), Activity()
    tools = AllTools(registry, open_gateway(settings, engine, master_key))
    dispatcher = Dispatcher(build_server(tools), sessions, settings.max_body)

    routes = [
        *_mcp_routes(settings, _gate(settings, pages, door, tools, dispatcher)),
        *_public_routes(settings, pages, door),
        *health.routes(partial(_facts, door, engine, stores, sessions)),
        *_internal_routes(settings, door, stores, tools.gateway),
    ]
    middleware, handlers = _middleware(settings, pages, activity), elsewhere.handlers(settings, pages)
    duties = (*_duties(door, engine, stores, sessions, activity), background.run)
    lifespan = _lifespan(door, dispatcher, tools.gateway, duties, stores, engine)
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.begin_ending = door.open_calls.end_streams
    return app


def _sessions(settings: Settings, engine: Engine, master_key: MasterKey) -> Sessions:
    return Sessions(
        engine,
        master_key.derive("mcp sessions"),
        lifetime=settings.session_lifetime,
        per_app=settings.sessions_per_app,
        per_user=settings.sessions_per_user,
    )


def _gate(settings: Settings, pages: Pages, door: Door, tools: AllTools, dispatcher: Dispatcher) -> Gate:
    return Gate(
        issuer=settings.issuer,
        browsers=Browsers(frozenset({settings.mcp_origin, *settings.allowed_origins})),
        entrance=Entrance(door.authorizer, open_limits(settings), door.challenges, Visitors(pages)),
        challenges=door.challenges,
        tools=tools,
        dispatcher=dispatcher,
        open_calls=door.open_calls,
        max_body=settings.max_body,
        body_seconds=settings.body_seconds,
    )


def _mcp_routes(settings: Settings, gate: Gate) -> list[Route]:
    """With and without the trailing slash, neither by a redirect, which clients answer without their token."""
    path = urlsplit(settings.mcp_url).path.rstrip("/")
    return [Route(spelling, gate) for spelling in {path or "/", f"{path}/"}]


def _public_routes(settings: Settings, pages: Pages, door: Door) -> list[Route]:
    """What says the same to everybody."""
    return [
        *metadata.routes(settings),
        *root.routes(settings, pages),
        *memory_address.routes(pages),
        *legacy_discovery.routes(settings, door.client),
    ]


def _internal_routes(settings: Settings, door: Door, stores: MemoryStores, gateway: Gateway) -> list[Route]:
    """What the authorization server asks in a person's name."""
    return [
        *catalog.routes(settings, door.tokens, stores, gateway),
        *export.routes(settings, door.tokens, stores),
    ]


def _duties(door: Door, engine: Engine, stores: MemoryStores, sessions: Sessions, activity: Activity) -> Duties:
    eraser = Eraser(engine, stores, sessions, door.client)
    door.feed.on_erasures = eraser.want
    return door.feed.run, eraser.run, ActivityReports(door.client, activity).run, CatchingUp(stores).run


def _facts(door: Door, engine: Engine, stores: MemoryStores, sessions: Sessions) -> dict[str, str | int]:
    revocations = "fresh" if door.feed.is_fresh() else "stale"
    return check_database(engine) | stores.facts() | {"mcp_sessions": sessions.check(), "revocations": revocations}


def _middleware(settings: Settings, pages: Pages, activity: Activity) -> list[Middleware]:
    return [
        Middleware(CountRequests, activity=activity, is_call=partial(_is_call, urlsplit(settings.mcp_url).path)),
        Middleware(TrustedProxies, trusted=settings.trusted_proxies),
        Middleware(
            SecurityHeaders,
            https=settings.mcp_url.startswith("https://"),
            referrer_policy="strict-origin-when-cross-origin",
            content_security_policy=CONTENT_SECURITY_POLICY,
        ),
        Middleware(HttpsOnly, public_url=settings.mcp_url, internal_hosts=settings.internal_hosts),
        Middleware(HostGuard, public_url=settings.mcp_url, internal_hosts=settings.internal_hosts),
        *([Middleware(SinglePort, settings=settings, pages=pages)] if settings.single_port else []),
    ]


def _is_call(mcp_path: str, scope: Scope) -> bool:
    """Messages of apps; a stream that stays open is none."""
    return scope["method"] == "POST" and str(scope["path"]).rstrip("/") == mcp_path.rstrip("/")


def _lifespan(
    door: Door, dispatcher: Dispatcher, gateway: Gateway, duties: Duties, stores: MemoryStores, engine: Engine
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            async with gateway.run(), dispatcher.run(), anyio.create_task_group() as tasks:
                for duty in duties:
                    tasks.start_soon(duty)
                yield
                tasks.cancel_scope.cancel()
        finally:
            await door.client.close()
            stores.close()
            engine.dispose()

    return lifespan
