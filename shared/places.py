"""The menus of the pages: of both servers' pages alike, so that a person finds one product."""

from dataclasses import dataclass, replace

from shared.own_pages import MANAGED_PATH, MANAGED_USAGE_PATH, SERVERS_PATH, USAGE_PATH


@dataclass(frozen=True)
class Place:
    """One entry of a menu. The resource server's pages are at `path` of its origin, the others' below the issuer."""

    path: str
    label: str
    is_resource_servers: bool = False


ACCOUNT_PLACES = (
    Place("/account/apps", "Connected apps"),
    Place(SERVERS_PATH, "Servers", is_resource_servers=True),
    Place(USAGE_PATH, "Usage", is_resource_servers=True),
    Place("/account/keys", "API keys"),
    Place("/account/security", "Security"),
    Place("/account/you", "Your account"),
)
ADMIN_PLACES = (
    Place("/admin", "Overview"),
    Place("/admin/people", "People"),
    Place("/admin/clients", "Apps"),
    Place("/admin/grants", "Connections"),
    Place(MANAGED_PATH, "Servers", is_resource_servers=True),
    Place(MANAGED_USAGE_PATH, "Usage", is_resource_servers=True),
    Place("/admin/keys", "API keys"),
    Place("/admin/trust", "Trust"),
    Place("/admin/signing-keys", "Signing keys"),
    Place("/admin/audit", "Audit log"),
)


def places_beside(places: tuple[Place, ...], other: str, *, is_resource_server: bool) -> tuple[Place, ...]:
    """As a page of one server links to them: its own by path, those of the other by their whole address."""
    return tuple(
        place if place.is_resource_servers == is_resource_server else replace(place, path=other + place.path)
        for place in places
    )
