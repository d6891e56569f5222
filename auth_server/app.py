"""The authorization server as an application: built from settings, sharing nothing with another one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import structlog
from fastapi import FastAPI
from limits.strategies import MovingWindowRateLimiter
from sqlmodel import Session
from starlette.types import Scope

from auth_server.audit_log.audit_verification import current_head
from auth_server.clients import forget_unused_clients
from auth_server.keys.environment_keys import apply_environment_keys
from auth_server.mail.outbox import Outbox
from auth_server.oauth.repeated_requests import RepeatedRequests
from auth_server.oauth.token_limits import TokenLimits
from auth_server.operation.upkeep import Upkeep
from auth_server.own_pages import ensure_pages_client
from auth_server.resource_servers import ensure_credential
from auth_server.routes.discovery import discovery_routes
from auth_server.services import Services
from auth_server.settings import Settings
from auth_server.signing_keys import active_key, ensure_signing_keys
from auth_server.site import add_site
from auth_server.web.content_policy import CONTENT_SECURITY_POLICY
from auth_server.web.cors import ApiCors
from auth_server.web.failures import answer_failures
from auth_server.web.origins import OriginGuard
from shared.activity import CountRequests
from shared.database import open_engine, unit_of_work
from shared.database_version import DatabaseVersion
from shared.hosts import HostGuard
from shared.https_only import HttpsOnly
from shared.installation import open_installation
from shared.limits_storage import open_limits_storage
from shared.master_key import MasterKeyError, load_master_key
from shared.migrations import migrate
from shared.proxies import TrustedProxies
from shared.safe_fetch import INTERNET, Network, SafeFetch
from shared.sealing import SealBrokenError
from shared.security_headers import SecurityHeaders
from shared.urls import is_loopback_host

MIGRATIONS = Path(__file__).parent / "migrations"


def create_app(settings: Settings, network: Network = INTERNET) -> FastAPI:
    """Opens the installation and its database, makes at the first start what must exist, and wires the routes."""
    services = open_services(settings, network)
    version = DatabaseVersion(services.engine)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        upkeep = Upkeep(services)
        upkeep.start()
        yield
        await anyio.to_thread.run_sync(upkeep.stop)
        await anyio.to_thread.run_sync(services.outbox.drain)
        version.close()
        services.engine.dispose()

    app = FastAPI(title="Ostiary", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.token_limits = TokenLimits(services.limiter, settings.token_requests_per_minute)
    app.state.repeated_requests = RepeatedRequests(settings, version)
    app.state.services = services
    app.state.database_version = version
    app.state.begin_ending = services.ending.set
    app.router.routes.extend(discovery_routes(settings))
    add_site(app, services)
    answer_failures(app, settings)
    _add_middleware(app, services)
    return app


def open_services(settings: Settings, network: Network = INTERNET) -> Services:
    """Installation, master key, migrated database, signing keys, the resource server's credential, configured keys.

    Raises MasterKeyError, WeakCredentialError, UnusableConfiguredKeyError and what the database raises.
    """
    installation = open_installation(settings.data_dir)
    # Before the database: a new installation gets its key while it is still empty.
    master_key = load_master_key(
        installation, settings.master_key.get_secret_value() if settings.master_key else None, settings.master_key_file
    )
    engine = open_engine(settings.effective_database_url)
    migrate(engine, MIGRATIONS, settings.data_dir)
    fetch = SafeFetch(allow_loopback=is_loopback_host(urlsplit(settings.issuer).hostname), network=network)
    limiter = MovingWindowRateLimiter(open_limits_storage(settings.redis_url, f"ostiary {settings.issuer}"))
    services = Services(settings, installation, master_key, engine, limiter, fetch, Outbox(settings))
    ensure_pages_client(engine, settings, master_key)
    with unit_of_work(engine) as session:
        ensure_signing_keys(session, services.signing_seal)
        _refuse_another_key(session, services)
        ensure_credential(session, settings)
        apply_environment_keys(session, settings)
        forget_unused_clients(session)
        # Kept outside of this installation, a log of such lines says whether the end of the audit log was cut off.
        structlog.get_logger("auth").info("audit_log", head=str(current_head(session)))
    return services


def _refuse_another_key(session: Session, services: Services) -> None:
    """Said at the start: with another installation's master key nothing could be signed or read."""
    try:
        active_key(session, services.signing_seal)
    except SealBrokenError as cause:
        source, folder = services.master_key.source, services.installation.data_dir.resolve()
        raise MasterKeyError(f"{source} is not the master key of {folder}") from cause


def _add_middleware(app: FastAPI, services: Services) -> None:
    """The last one added is the first to see a request."""
    settings = services.settings
    loopback, base_path = is_loopback_host(urlsplit(settings.issuer).hostname), settings.base_path
    app.add_middleware(ApiCors, base_path=base_path, loopback=loopback)
    app.add_middleware(OriginGuard, own_origin=settings.issuer_origin, base_path=base_path, loopback=loopback)
    app.add_middleware(HostGuard, public_url=settings.issuer, internal_hosts=settings.internal_hosts)
    app.add_middleware(HttpsOnly, public_url=settings.issuer, internal_hosts=settings.internal_hosts)
    app.add_middleware(
        SecurityHeaders,
        https=settings.is_https,
        referrer_policy="no-referrer",
        content_security_policy=CONTENT_SECURITY_POLICY,
    )
    app.add_middleware(TrustedProxies, trusted=settings.trusted_proxies)
    app.add_middleware(CountRequests, activity=services.activity, is_call=partial(_is_call, base_path))


def _is_call(base_path: str, scope: Scope) -> bool:
    """Requests of people and apps: no files, no questions of the MCP server and of load balancers."""
    path = str(scope["path"]).removeprefix(base_path)
    return not path.startswith(("/static/", "/internal/", "/introspect", "/health"))
