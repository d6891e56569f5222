"""The routers of the security pages, and of the sign-in steps they bring."""

from auth_server.routes.account import password, security

SECURITY_PAGES = (security.router, password.router)
