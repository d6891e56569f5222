"""The names of all settings: the environment variables that both servers read."""

from pydantic import AliasChoices

from auth_server.settings import Settings as AuthSettings
from resource_server.settings import Settings as ResourceSettings
from shared.settings import SharedSettings


def variable(settings: type[SharedSettings], name: str) -> str:
    """The environment variable of a field."""
    return variables(settings, name)[0]


def variables(settings: type[SharedSettings], name: str) -> list[str]:
    """Every environment variable that sets a field: ours, then what earlier systems called it."""
    alias = settings.model_fields[name].validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [str(alias) if alias else f"{settings.model_config.get('env_prefix', '')}{name.upper()}"]


def all_variables() -> frozenset[str]:
    """Every variable that means something to a server."""
    kinds = (AuthSettings, ResourceSettings)
    return frozenset(one for kind in kinds for name in kind.model_fields for one in variables(kind, name))
