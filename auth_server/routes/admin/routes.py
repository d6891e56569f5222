"""The pages of administration; each takes `AdminUser`, and each form of theirs `SessionForm` (AS-91)."""

from auth_server.routes.admin import audit, overview, signing_keys, trust

ADMIN_PAGES = (overview.router, trust.router, signing_keys.router, audit.router)
