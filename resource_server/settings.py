"""The resource server's settings: `OSTIARY_RESOURCE_*` beside the shared ones."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from resource_server.earlier_systems import EarlierSystem
from shared.settings import SharedSettings
from shared.urls import origin_of


class Settings(SharedSettings):
    """One frozen object, handed to `create_app`."""

    model_config = SettingsConfigDict(
        env_prefix="OSTIARY_RESOURCE_", frozen=True, populate_by_name=True, extra="ignore"
    )

    host: str = Field(
        default="localhost",
        validation_alias=AliasChoices("OSTIARY_RESOURCE_HOST", "GATEWAY_HOST"),
        description="Name or address to listen on; `localhost` binds both families.",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("OSTIARY_RESOURCE_PORT", "GATEWAY_PORT"),
        description="Port to listen on.",
    )
    database_url: str = Field(default="", description="SQLAlchemy URL; empty means resource.db in the data folder.")
    auth_internal_url: str = Field(
        default="", description="Where this server reaches the authorization server; empty means the issuer."
    )
    single_port: bool = Field(
        default=False,
        description="Whether this server's port serves the authorization server's paths too, by passing them on to "
        "OSTIARY_RESOURCE_AUTH_INTERNAL_URL; `ostiary up --single-port` sets it.",
    )
    legacy_discovery: bool = Field(
        default=False,
        description="Whether clients of MCP revision 2025-03-26 find the authorization server's metadata and a "
        "redirect of /authorize at this server's own address; without effect where both share one origin.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Further browser origins that may call /mcp, separated by commas; loopback always may."
    )
    feed_grace: int = Field(
        default=60, ge=5, description="Seconds without news of revocations after which calls are refused with 503."
    )
    max_body: int = Field(default=1024 * 1024, ge=1024, description="Largest request body, in bytes.")
    session_lifetime: int = Field(default=86400, ge=60, description="Seconds an MCP session lasts.")
    sessions_per_app: int = Field(
        default=100, ge=1, description="MCP sessions one app of a person may hold at once; beyond, its oldest end."
    )
    sessions_per_user: int = Field(
        default=500, ge=1, description="MCP sessions one person may hold at once; beyond, apps go on without a session."
    )
    rate_limit_requests: int = Field(
        default=600,
        ge=1,
        validation_alias=AliasChoices("OSTIARY_RESOURCE_RATE_LIMIT_REQUESTS", "RATE_LIMIT_REQUESTS"),
        description="Requests that one app's connection, or one API key, may make within the window, refused ones "
        "counted; a person may make five times as many. Beyond, 429.",
    )
    rate_limit_window: int = Field(
        default=60,
        ge=1,
        validation_alias=AliasChoices("OSTIARY_RESOURCE_RATE_LIMIT_WINDOW", "RATE_LIMIT_WINDOW"),
        description="The window of that limit, in seconds.",
    )
    refused_per_minute: int = Field(
        default=600,
        ge=1,
        description="Requests a minute from one address that prove nothing, a tenth of them with keys that are none; "
        "good credentials are not counted. Beyond, 429.",
    )
    embedder: Literal["wordllama", "openai", "fastembed", "none"] = Field(
        default="wordllama",
        description="What turns text into vectors: `wordllama` needs nothing else, `openai` is any endpoint that "
        "answers as OpenAI's, `fastembed` an extra to install; `none` searches by words alone.",
    )
    embedding_url: str = Field(
        default="",
        description="The endpoint of the embedder `openai`, whole: `http://localhost:11434/v1/embeddings`. It may lie "
        "in a private network; texts of memories are sent there.",
    )
    embedding_model: str = Field(default="", description="The model that `openai` or `fastembed` is asked for.")
    embedding_key: SecretStr | None = Field(default=None, description="The endpoint's API key, if it wants one.")
    embedding_dimensions: int = Field(
        default=0, ge=0, le=8192, description="How many dimensions the endpoint's vectors have; longer ones are cut."
    )
    embedding_timeout: float = Field(
        default=10, gt=0, le=120, description="Seconds the endpoint has; then search goes by words, and vectors follow."
    )
    search_memory: int = Field(
        default=256, ge=0, description="Megabytes in which indexes of open vaults are held; larger ones are read anew."
    )
    max_memories: int = Field(
        default=1_000_000, ge=1, description="Memories one person may keep; beyond, writes are refused and say so."
    )
    max_vault_mb: int = Field(
        default=4096, ge=1, description="Megabytes one person's vault may hold; beyond, writes are refused and say so."
    )
    chat_url: str = Field(
        default="",
        description="Base URL of an OpenAI-compatible chat endpoint, such as http://localhost:11434/v1, that may write "
        "summaries and traits of conversations, which are sent there. Empty, the default: nothing is sent anywhere.",
    )
    chat_model: str = Field(default="", description="The model to ask there; empty is off.")
    chat_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("OSTIARY_RESOURCE_CHAT_KEY", "OPENAI_API_KEY"),
        description="The key for that endpoint, where it wants one; it switches nothing on by itself.",
    )
    chat_seconds: float = Field(default=30.0, gt=0, description="How long one answer may take; it is asked for thrice.")
    chat_ranks_tools: bool = Field(
        default=False,
        description="Whether that endpoint puts found tools in order: what an app searches for, and descriptions of "
        "tools, are sent there. A slow or useless answer changes nothing.",
    )
    tool_list: Literal["full", "search"] = Field(
        default="full",
        description="What apps see of tools of other servers: `full` lists them all; `search` lists those that are "
        "pinned, and the others are found by `tools_search` and called by `tools_call`.",
    )
    tool_names: Annotated[tuple[EarlierSystem, ...], NoDecode] = Field(
        default=(),
        description="Earlier systems whose names for tools are listed beside our own: kagura, engrama, or both with a "
        "comma between. Calls by those names work without it.",
    )
    open_vaults: int = Field(default=128, ge=1, description="Vaults kept open at once; the least used closes first.")

    ledger_days: int = Field(
        default=365, ge=1, description="Days for which a person's ledger tells what their apps read and wrote."
    )
    ledger_rows: int = Field(
        default=100_000, ge=100, description="Entries a person's ledger holds; the oldest go first."
    )

    usage_days: int = Field(default=90, ge=1, description="Days for which calls of tools are counted, by the hour.")

    upstream_private_hosts: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="Hosts in private networks that servers behind the gateway may have, separated by commas; others "
        "have public addresses, or are on this computer while this server is on loopback itself.",
    )
    servers_file: Path | None = Field(
        default=None,
        description="A file of servers behind the gateway, read at each start: the usual JSON with `mcpServers`. "
        "Empty means servers.txt in the data folder, if there is one.",
    )
    upstream_processes: int = Field(
        default=100, ge=1, description="Processes of servers behind the gateway that run at once; idle ones end first."
    )
    upstream_processes_per_server: int = Field(
        default=20,
        ge=1,
        description="How many of them one server may have: each app of each person has its own while it is used.",
    )
    upstream_connect_seconds: float = Field(
        default=10, gt=0, le=120, description="How long connecting to a server behind the gateway may take."
    )
    upstream_first_byte_seconds: float = Field(
        default=120, gt=0, le=3600, description="How long the first byte of such a server's answer over HTTP may take."
    )
    upstream_call_seconds: float = Field(
        default=300, gt=0, le=3600, description="How long one call of a server's tool may take in all."
    )
    upstream_max_result: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="Largest single message of a server, in bytes; a larger result becomes an error that says so. The "
        "older HTTP with server-sent events takes 1 MB at most.",
    )
    upstream_calls: int = Field(
        default=512, ge=1, description="Calls to servers that are under way at once; a further one waits for a moment."
    )
    upstream_calls_per_server: int = Field(default=128, ge=1, description="How many of them go to one server.")
    upstream_calls_per_person: int = Field(default=64, ge=1, description="How many of them are one person's.")
    upstream_calls_per_person_and_server: int = Field(
        default=32, ge=1, description="How many of one person's go to one server."
    )
    upstream_busy_seconds: float = Field(
        default=5, gt=0, le=60, description="How long a call waits for room; then the app is told that it is busy."
    )

    pages_idle: int = Field(
        default=24 * 60 * 60,
        ge=60,
        description="Seconds after which a browser that looks at no page of servers is signed out there.",
    )
    pages_absolute: int = Field(
        default=30 * 24 * 60 * 60, ge=60, description="Longest time a browser stays signed in there, in seconds."
    )
    web_commands: bool = Field(
        default=True,
        description="Whether servers behind the gateway that are commands may be added on the pages, by administrators "
        "who have just signed in; otherwise only `ostiary gateway` and the file of servers add them.",
    )
    api_commands: bool = Field(
        default=False,
        description="Whether a key or token with gateway:manage may add commands by the gateway API, too. Nobody signs "
        "in for that: whoever holds the key starts programs on this host.",
    )
    server_session_idle: int = Field(
        default=86400,
        ge=60,
        description="Seconds without use after which a session with servers of its own ends (`POST /sessions/create`).",
    )
    server_sessions_per_user: int = Field(
        default=50, ge=1, description="How many of these sessions one person's apps may hold at once."
    )

    queue_answers_kept: int = Field(
        default=3600,
        ge=60,
        description="Seconds for which the queue in Redis keeps answers, and knows ids it has seen.",
    )
    queue_tries: int = Field(
        default=3, ge=1, le=100, description="How often a request of the queue is tried before it is set aside."
    )
    queue_stale: float = Field(
        default=60, ge=0.3, description="Seconds of silence after which a worker's requests go to another."
    )

    @model_validator(mode="after")
    def endpoint_is_whole(self) -> "Settings":
        """An endpoint needs an address, a model and its dimensions."""
        if self.embedder == "openai":
            named = {"URL": self.embedding_url, "MODEL": self.embedding_model, "DIMENSIONS": self.embedding_dimensions}
            missing = [f"OSTIARY_RESOURCE_EMBEDDING_{name}" for name, value in named.items() if not value]
            if missing:
                raise ValueError(f"OSTIARY_RESOURCE_EMBEDDER=openai needs {' and '.join(missing)}")
            if urlsplit(self.embedding_url).scheme not in ("http", "https"):
                raise ValueError("OSTIARY_RESOURCE_EMBEDDING_URL must begin with http:// or https://")
        return self

    @field_validator("allowed_origins", "tool_names", "upstream_private_hosts", mode="before")
    @classmethod
    def split_at_commas(cls, value: object) -> object:
        """`a, b` becomes two entries."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Each in the form a browser sends: scheme, host and port, nothing behind."""
        return tuple(origin_of(origin) for origin in value)

    @property
    def effective_database_url(self) -> str:
        """The configured URL, or the file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'resource.db'}"

    @property
    def effective_servers_file(self) -> Path:
        """The file that is named, or the one in the data folder."""
        return self.servers_file or self.data_dir / "servers.txt"

    @property
    def effective_auth_url(self) -> str:
        """The internal URL, or the issuer."""
        return (self.auth_internal_url or self.issuer).rstrip("/")
