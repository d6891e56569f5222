"""The pages of administration; each takes `AdminUser`, and each form of theirs `SessionForm` (AS-91)."""

from auth_server.routes.admin import (
    audit,
    clients,
    grants,
    invitations,
    keys,
    new_clients,
    new_keys,
    overview,
    people,
    signing_keys,
    trust,
)
from auth_server.routes.admin.act_routes import act_router
from auth_server.routes.admin.client_acts import CLIENT_ACTS
from auth_server.routes.admin.key_acts import KEY_ACTS
from auth_server.routes.admin.person_acts import PERSON_ACTS

ADMIN_PAGES = (
    overview.router,
    trust.router,
    signing_keys.router,
    audit.router,
    invitations.router,
    people.router,
    act_router(PERSON_ACTS),
    new_clients.router,
    clients.router,
    act_router(CLIENT_ACTS),
    grants.router,
    act_router(grants.GRANT_ACTS),
    new_keys.router,
    keys.router,
    act_router(KEY_ACTS),
)
"""Pages with a name of their own stand before those named by an id."""
