"""The names of all settings: the environment variables that both servers read."""

from auth_server.settings import Settings as AuthSettings
from resource_server.settings import Settings as ResourceSettings
from shared.settings import SharedSettings


def variable(settings: type[SharedSettings], name: str) -> str:
    """The environment variable of a field."""
    alias = settings.model_fields[name].validation_alias
    return str(alias) if alias else f"{settings.model_config.get('env_prefix', '')}{name.upper()}"


def all_variables() -> frozenset[str]:
    """Every `OSTIARY_…` that means something to a server."""
    return frozenset(variable(kind, name) for kind in (AuthSettings, ResourceSettings) for name in kind.model_fields)
