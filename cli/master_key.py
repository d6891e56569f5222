"""The master key as a command finds it: without the database, which takes longer to load than to ask."""

from auth_server.settings import Settings
from shared.installation import Installation
from shared.master_key import MasterKey, load_master_key


def configured_master_key(settings: Settings, installation: Installation) -> MasterKey:
    """The master key these settings name. Raises MasterKeyError."""
    value = settings.master_key.get_secret_value() if settings.master_key else None
    return load_master_key(installation, value, settings.master_key_file)
