"""What the resource server is made of, opened once from its settings."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from resource_server.authorization.door import Door, open_door
from resource_server.gateway.finding import open_tool_finding
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.opening import open_gateway
from resource_server.memory.conversations.chat.background import Background, open_background
from resource_server.memory.store import MemoryStores, open_stores
from resource_server.pages import Pages
from resource_server.sessions import Sessions
from resource_server.settings import Settings
from resource_server.tools.topics import open_registry
from resource_server.transport.all_tools import AllTools
from resource_server.usage.counting import UseCounts
from resource_server.usage.keeping import UseKeeping
from resource_server.web.sessions import WebSessions, open_web_sessions
from shared.activity import Activity
from shared.database import open_engine
from shared.installation import Installation, open_installation
from shared.master_key import MasterKey, load_master_key
from shared.migrations import migrate

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Parts:
    """Each of them is there once in a process."""

    settings: Settings
    installation: Installation
    master_key: MasterKey
    engine: Engine
    stores: MemoryStores
    sessions: Sessions
    web_sessions: WebSessions
    door: Door
    background: Background
    keeping: UseKeeping
    tools: AllTools
    pages: Pages
    activity: Activity

    @property
    def gateway(self) -> Gateway:
        """The servers behind this one."""
        return self.tools.gateway


def open_parts(settings: Settings) -> Parts:
    """Opens the data folder, and migrates. Raises CannotStartError and whatever storage raises."""
    installation = open_installation(settings.data_dir)
    given = settings.master_key.get_secret_value() if settings.master_key else None
    master_key = load_master_key(installation, given, settings.master_key_file)
    engine = open_engine(settings.effective_database_url, overwrites=True)
    migrate(engine, MIGRATIONS, settings.data_dir)
    stores = open_stores(settings, engine, master_key)
    background = open_background(settings, stores)
    keeping = UseKeeping(engine, UseCounts(), settings.usage_days)
    return Parts(
        settings=settings,
        installation=installation,
        master_key=master_key,
        engine=engine,
        stores=stores,
        sessions=_sessions(settings, engine, master_key),
        web_sessions=open_web_sessions(settings, engine, master_key),
        door=open_door(settings),
        background=background,
        keeping=keeping,
        tools=_tools(settings, stores, background, keeping, open_gateway(settings, engine, master_key, keeping.counts)),
        pages=Pages(settings),
        activity=Activity(),
    )


def _tools(
    settings: Settings, stores: MemoryStores, background: Background, keeping: UseKeeping, gateway: Gateway
) -> AllTools:
    finding = open_tool_finding(settings, gateway, stores.embedder)
    registry = open_registry(stores, settings.mcp_origin, background, settings.tool_names, keeping, finding)
    return AllTools(registry, gateway, finding, others_are_searched=settings.tool_list == "search")


def _sessions(settings: Settings, engine: Engine, master_key: MasterKey) -> Sessions:
    return Sessions(
        engine,
        master_key.derive("mcp sessions"),
        lifetime=settings.session_lifetime,
        per_app=settings.sessions_per_app,
        per_user=settings.sessions_per_user,
    )
