"""The routers of the security pages, and of the sign-in steps they bring."""

from auth_server.routes import login_code
from auth_server.routes.account import authenticator, password, security

SECURITY_PAGES = (login_code.router, security.router, password.router, authenticator.router)
