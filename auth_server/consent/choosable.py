"""What a person may choose among: namespaces in use or ever named to an app or a key, and their servers."""

from collections.abc import Iterable

from auth_server.consent.catalog import Choosable, catalog_token, offered_namespaces
from auth_server.grants import live_grants
from auth_server.keys.api_keys import keys_of
from auth_server.models import ApiKey, Grant
from auth_server.web.page_services import PageServices
from shared.database import unit_of_work
from shared.scopes import Scope


def choosable(services: PageServices, user_id: str, offered: Iterable[Scope]) -> Choosable:
    """`personal` first, servers if `offered` has their scope.

    Call it outside any transaction, for the resource server is asked.
    """
    with unit_of_work(services.engine, read_only=True) as session:
        token = catalog_token(session, services.core, user_id)
        keys = [key for key in keys_of(session, user_id) if key.is_live()]
        named: list[Grant | ApiKey] = [*live_grants(session, user_id), *keys]
    known = services.catalog.known(token, user_id, with_servers=Scope.GATEWAY_CALL in offered)
    return Choosable(offered_namespaces(known.names, named), known.shared, known.servers)
