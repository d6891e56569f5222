"""The settings both servers read: `OSTIARY_*`."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.urls import is_loopback_host, origin_of

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class SharedSettings(BaseSettings):
    """Read once at the start, never changed; each process extends it with its own."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    data_dir: Path = Field(
        default=Path("data"), validation_alias="OSTIARY_DATA_DIR", description="Folder that holds all state."
    )
    issuer: str = Field(
        default="http://localhost:9000",
        validation_alias="OSTIARY_ISSUER",
        description="Public URL of the authorization server, without a trailing slash.",
    )
    mcp_url: str = Field(
        default="http://localhost:8000/mcp",
        validation_alias="OSTIARY_MCP_URL",
        description="Public URL of the MCP endpoint, byte for byte as people type it; it is the tokens' audience.",
    )
    master_key: SecretStr | None = Field(
        default=None,
        validation_alias="OSTIARY_MASTER_KEY",
        description="Master key as 43 characters of URL-safe base64.",
    )
    master_key_file: Path | None = Field(
        default=None,
        validation_alias="OSTIARY_MASTER_KEY_FILE",
        description="File that holds the master key, such as a mounted secret.",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        validation_alias="OSTIARY_TRUSTED_PROXIES",
        description="Addresses or networks whose X-Forwarded-* headers are believed, separated by commas.",
    )
    internal_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        validation_alias="OSTIARY_INTERNAL_HOSTS",
        description="Further Host values to answer to, such as a container's name, separated by commas.",
    )
    resource_credential_file: Path | None = Field(
        default=None,
        validation_alias="OSTIARY_RESOURCE_CREDENTIAL_FILE",
        description="File that holds the resource server's credential; by default it lies in the data folder.",
    )
    redis_host: str = Field(
        default="",
        validation_alias="REDIS_HOST",
        description="Redis by its host, where OSTIARY_REDIS_URL does not name it: what MCP Gateway calls it.",
    )
    redis_port: int = Field(
        default=6379, ge=1, le=65535, validation_alias="REDIS_PORT", description="The port that goes with REDIS_HOST."
    )
    redis_url: SecretStr | None = Field(
        default=None,
        validate_default=True,
        validation_alias="OSTIARY_REDIS_URL",
        description="Redis in which the processes count limits and keep lists of servers together, and where `ostiary "
        "worker` finds requests, `redis://` or `rediss://`; without it each counts and asks for itself.",
    )
    body_seconds: float = Field(
        default=60.0,
        gt=0,
        validation_alias="OSTIARY_BODY_SECONDS",
        description="Seconds within which the whole body of a request must have arrived.",
    )
    log_level: LogLevel = Field(
        default="INFO",
        validation_alias=AliasChoices("OSTIARY_LOG_LEVEL", "LOG_LEVEL"),
        description="DEBUG, INFO, WARNING or ERROR.",
    )

    @field_validator("trusted_proxies", "internal_hosts", mode="before")
    @classmethod
    def split_commas(cls, value: object) -> object:
        """`a, b` becomes two entries."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def in_capitals(cls, value: object) -> object:
        """`debug` is DEBUG."""
        return value.upper() if isinstance(value, str) else value

    @field_validator("redis_url")
    @classmethod
    def is_redis(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """`redis://` or `rediss://` and a host; empty is REDIS_HOST, if there is one. No error repeats a password."""
        host, port = info.data.get("redis_host"), info.data.get("redis_port")
        by_host = f"redis://{host}:{port}/0" if host else ""
        url = (value.get_secret_value() if value is not None else "") or by_host
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("redis", "rediss") or not parts.hostname or parts.port == 0:
            raise ValueError("must be redis:// or rediss:// and a host")
        return SecretStr(url)

    @field_validator("issuer", "mcp_url")
    @classmethod
    def is_safe_url(cls, value: str, info: ValidationInfo) -> str:
        """https, or plain http on loopback; no query, fragment or user (RFC 8414 §2, RFC 8707 §2)."""
        parts = urlsplit(value)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise ValueError("must be an absolute http or https URL")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError("must have no query, fragment or user")
        if parts.scheme == "http" and not is_loopback_host(parts.hostname):
            raise ValueError("must be https: plain http is for loopback hosts alone")
        if info.field_name == "issuer" and value.endswith("/"):
            raise ValueError("must not end with a slash")
        return value

    @field_validator("host", check_fields=False)
    @classmethod
    def keeps_plain_http_at_home(cls, value: str, info: ValidationInfo) -> str:
        """Passwords and tokens would cross the network readable (OAuth 2.1 §1.5). Each server names its `host`."""
        public = [info.data.get("issuer", ""), info.data.get("mcp_url", "")]
        if not is_loopback_host(value) and any(url.startswith("http://") for url in public):
            raise ValueError(
                "must be a loopback name such as localhost while OSTIARY_ISSUER or OSTIARY_MCP_URL is plain http"
            )
        return value

    @property
    def issuer_origin(self) -> str:
        """Scheme, host and port of the authorization server."""
        return origin_of(self.issuer)

    @property
    def mcp_origin(self) -> str:
        """Scheme, host and port of the resource server."""
        return origin_of(self.mcp_url)

    @property
    def effective_credential_file(self) -> Path:
        """The configured file, or `resource-server.credential` in the data folder."""
        return self.resource_credential_file or self.data_dir / "resource-server.credential"

    @property
    def is_https(self) -> bool:
        """Whether the public issuer is https; cookies and HSTS follow it."""
        return self.issuer.startswith("https://")
