"""Which namespaces a person may choose among: those in use, and those they ever named to an app or a key."""

from auth_server.consent.catalog import Choosable, catalog_token, offered_namespaces
from auth_server.grants import live_grants
from auth_server.keys.api_keys import keys_of
from auth_server.models import ApiKey, Grant
from auth_server.web.page_services import PageServices
from shared.database import unit_of_work


def choosable_namespaces(services: PageServices, user_id: str) -> Choosable:
    """`personal` first; call it outside any transaction, for the resource server is asked."""
    with unit_of_work(services.engine, read_only=True) as session:
        token = catalog_token(session, services.core, user_id)
        keys = [key for key in keys_of(session, user_id) if key.is_live()]
        named: list[Grant | ApiKey] = [*live_grants(session, user_id), *keys]
    in_use = services.catalog.namespaces_in_use(token, user_id)
    return Choosable(offered_namespaces(in_use.names, named), in_use.shared)
