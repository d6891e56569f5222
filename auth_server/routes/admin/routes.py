"""The pages of administration; each takes `AdminUser`, and each form of theirs `SessionForm` (AS-91)."""

from auth_server.routes.admin import audit, overview

ADMIN_PAGES = (overview.router, audit.router)
