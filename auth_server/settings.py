"""The authorization server's settings: `OSTIARY_AUTH_*` beside the shared ones."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from auth_server.mail.smtp_server import parse_sender, parse_smtp_url
from auth_server.upstream.providers import InvalidProvidersError, Provider, parse_providers
from shared.mounted_servers import mounted_server
from shared.settings import SharedSettings

DAY = 24 * 60 * 60


class SignUp(StrEnum):
    """Who may make an account."""

    INVITATION = "invitation"
    """Whoever was invited."""
    OPEN = "open"
    """Whoever proves an e-mail address, too."""
    OFF = "off"
    """Nobody; accounts are made by commands and by administrators alone."""


class Settings(SharedSettings):
    """One frozen object, handed to `create_app`."""

    model_config = SettingsConfigDict(env_prefix="OSTIARY_AUTH_", frozen=True, populate_by_name=True, extra="ignore")

    host: str = Field(default="localhost", description="Name or address to listen on; `localhost` binds both families.")
    port: int = Field(default=9000, ge=0, le=65535, description="Port to listen on.")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty means auth.db in the data folder.")
    resource_internal_url: str = Field(
        default="", description="Where this server reaches the resource server; empty means its public origin."
    )
    access_token_lifetime: int = Field(default=600, ge=60, le=900, description="Seconds an access token is good for.")
    code_lifetime: int = Field(default=60, ge=10, le=600, description="Seconds an authorization code is good for.")
    refresh_grace: int = Field(
        default=60, ge=0, le=300, description="Seconds in which a spent refresh token gives its successor again."
    )
    refresh_idle: int = Field(default=30 * DAY, ge=60, description="Seconds after which an unused refresh token dies.")
    refresh_absolute: int = Field(default=180 * DAY, ge=60, description="Longest life of a grant, in seconds.")
    session_idle: int = Field(default=14 * DAY, ge=60, description="Seconds after which an idle browser is signed out.")
    session_absolute: int = Field(default=60 * DAY, ge=60, description="Longest browser session, in seconds.")
    login_attempts: int = Field(
        default=10, ge=1, description="Wrong passwords in 15 minutes, per account and per address each."
    )
    registrations_per_hour: int = Field(
        default=300,
        ge=1,
        description="Client registrations, and changes of them, an hour from one address; ten times as many from all.",
    )
    token_requests_per_minute: int = Field(
        default=300_000, ge=1, description="Token requests a minute by one client, at each process."
    )
    private_use_schemes: bool = Field(
        default=True, description="Whether clients may register private-use redirect schemes such as cursor://."
    )

    sign_up: SignUp = Field(
        default=SignUp.INVITATION,
        description="Who may make an account: `invitation`, `open` (anybody with an e-mail address), or `off`.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server, as smtp://user:password@host:587 or smtps://…:465; "
        "without one, messages are printed to the log.",
    )
    smtp_from: str = Field(
        default="", description="Address that messages come from; empty means ostiary@ and the issuer's host."
    )

    signing_key_days: int = Field(
        default=90, ge=0, le=3650, description="Days after which the next key signs access tokens; 0 means never."
    )
    providers: SecretStr | None = Field(
        default=None,
        description="Providers people may sign in with, as a JSON list; see the guide to signing in with others.",
    )
    providers_file: Path | None = Field(
        default=None, description="File that holds that list, such as a mounted secret."
    )

    resource_aliases: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        default=None,
        description="Further spellings of the MCP URL that clients may request, separated by commas; "
        "unset means the one with a slash at its end.",
    )

    mcp_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="MCP_API_KEY",
        description="An API key for one program, which gets memories of its own; set and empty, one is made and shown "
        "once at the start.",
    )
    mcp_api_keys: SecretStr | None = Field(
        default=None,
        validation_alias="MCP_API_KEYS",
        description="API keys for several programs, `name:key` separated by commas; each name has memories of its own.",
    )
    kagura_api_key: SecretStr | None = Field(
        default=None, validation_alias="KAGURA_API_KEY", description="As MCP_API_KEY, for another program."
    )
    auth_tokens: SecretStr | None = Field(
        default=None,
        validation_alias="AUTH_TOKENS",
        description="API keys separated by commas, each alone or as `name:key`; each has memories of its own.",
    )

    @field_validator("smtp_url")
    @classmethod
    def is_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        """A URL of a mail server; an empty one is none."""
        if value is None or not value.get_secret_value():
            return None
        parse_smtp_url(value.get_secret_value())
        return value

    @field_validator("smtp_from")
    @classmethod
    def is_sender(cls, value: str) -> str:
        """An address, with or without a name."""
        if value:
            parse_sender(value)
        return value

    @field_validator("resource_aliases", mode="before")
    @classmethod
    def split_aliases(cls, value: object) -> object:
        """`a, b` becomes two entries, an empty text none."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @model_validator(mode="after")
    def providers_are_understood(self) -> Self:
        """At the start, not at the first sign-in."""
        if self.providers and self.providers_file:
            raise ValueError("OSTIARY_AUTH_PROVIDERS and OSTIARY_AUTH_PROVIDERS_FILE exclude each other")
        try:
            _ = self.upstream_providers
        except InvalidProvidersError as wrong:
            raise ValueError(f"OSTIARY_AUTH_PROVIDERS: {wrong}") from None
        except OSError as wrong:
            raise ValueError(f"OSTIARY_AUTH_PROVIDERS_FILE cannot be read: {wrong.strerror}") from None
        return self

    @model_validator(mode="after")
    def resource_is_not_the_issuer(self) -> Self:
        """A token for this server itself would be good for everything it protects (RFC 9700 §2.3)."""
        if self.mcp_url.rstrip("/") == self.issuer:
            raise ValueError("OSTIARY_MCP_URL must differ from OSTIARY_ISSUER")
        return self

    @property
    def effective_resource_aliases(self) -> tuple[str, ...]:
        """The configured aliases, or the MCP URL with a slash added, which some clients append."""
        return (f"{self.mcp_url}/",) if self.resource_aliases is None else self.resource_aliases

    @property
    def upstream_providers(self) -> tuple[Provider, ...]:
        """The providers people may sign in with."""
        if self.providers_file is not None:
            return parse_providers(self.providers_file.read_text(errors="replace"))
        return parse_providers(self.providers.get_secret_value() if self.providers else "")

    @property
    def admin_resource(self) -> str:
        """The audience of tokens for the administration API (RFC 8707 §2)."""
        return f"{self.issuer}/admin/api"

    @property
    def userinfo_resource(self) -> str:
        """The audience of tokens that only say who somebody is (OpenID Connect Core §5.3)."""
        return f"{self.issuer}/userinfo"

    @property
    def effective_smtp_from(self) -> str:
        """The configured sender, or one at the issuer's host."""
        return self.smtp_from or f"ostiary@{urlsplit(self.issuer).hostname}"

    @property
    def resources(self) -> tuple[str, ...]:
        """What tokens are made for by name, each for one of them; servers at their own addresses come beside."""
        return self.mcp_url, self.userinfo_resource, self.admin_resource

    def is_resource(self, resource: str) -> bool:
        """Whether tokens are made for it: one of those, or a server behind the MCP endpoint at its own address."""
        return resource in self.resources or mounted_server(resource, self.mcp_url) is not None

    @property
    def base_path(self) -> str:
        """The path of the issuer, under which every endpoint and page lies; usually empty."""
        return urlsplit(self.issuer).path

    @property
    def effective_database_url(self) -> str:
        """The configured URL, or the file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'auth.db'}"
