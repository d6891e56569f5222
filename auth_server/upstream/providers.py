"""The providers that people may sign in with, as an administrator configures them."""

import json
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, model_validator

from shared.urls import is_loopback_host

MAX_PROVIDERS = 20


class ProviderKind(StrEnum):
    """What is known of a provider before it is asked."""

    OIDC = "oidc"
    """Anything that speaks OpenID Connect; `issuer` says where."""
    GOOGLE = "google"
    GITHUB = "github"
    """OAuth 2.0 and an API of its own; with `issuer` an Enterprise Server."""
    MICROSOFT = "microsoft"
    """Entra ID; `issuer` names one tenant, without it every tenant may come."""


ISSUERS = {
    ProviderKind.GOOGLE: "https://accounts.google.com",
    ProviderKind.GITHUB: "https://github.com",
    ProviderKind.MICROSOFT: "https://login.microsoftonline.com/common/v2.0",
}
LABELS = {ProviderKind.GOOGLE: "Google", ProviderKind.GITHUB: "GitHub", ProviderKind.MICROSOFT: "Microsoft"}


class InvalidProvidersError(ValueError):
    """The setting is no list of providers; the text says what to mend, without repeating a secret."""


class Provider(BaseModel):
    """One provider. `id` is its name in addresses and in the database, so it must not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$")]
    kind: ProviderKind
    client_id: Annotated[str, Field(min_length=1, max_length=500)]
    client_secret: SecretStr
    issuer: str = ""
    label: Annotated[str, Field(max_length=40)] = ""

    @model_validator(mode="after")
    def has_a_safe_issuer(self) -> "Provider":
        """https, or plain http on loopback for a provider on this machine (OpenID Connect Core §3.1.2.1)."""
        parts = urlsplit(self.effective_issuer)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback_host(parts.hostname))
        if not parts.hostname or not is_safe or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("issuer must be an https address, or a loopback one")
        return self

    @property
    def effective_issuer(self) -> str:
        """The configured issuer, or the well-known one of its kind."""
        return self.issuer or ISSUERS.get(self.kind, "")

    @property
    def shown(self) -> str:
        """What people read on the button."""
        return self.label or LABELS.get(self.kind) or urlsplit(self.effective_issuer).netloc

    @property
    def is_on_loopback(self) -> bool:
        """Whether its addresses may be plain http on this machine."""
        return is_loopback_host(urlsplit(self.effective_issuer).hostname)


_PROVIDERS = TypeAdapter(tuple[Provider, ...])


def parse_providers(text: str) -> tuple[Provider, ...]:
    """The providers of a JSON list; an empty text is none. Raises InvalidProvidersError."""
    if not text.strip():
        return ()
    try:
        decoded: Any = json.loads(text)
        providers = _PROVIDERS.validate_python(decoded)
    except ValidationError as cause:
        raise InvalidProvidersError(_where(cause)) from None
    except (ValueError, RecursionError):
        raise InvalidProvidersError("is not JSON: a list of objects is needed") from None
    if len({provider.id for provider in providers}) < len(providers):
        raise InvalidProvidersError("two providers have the same id")
    if len(providers) > MAX_PROVIDERS:
        raise InvalidProvidersError(f"at most {MAX_PROVIDERS} providers are possible")
    return providers


def _where(error: ValidationError) -> str:
    """The first member that is wrong; pydantic's own text would print the values."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the list"
    return f"{place}: {first['msg']}"
