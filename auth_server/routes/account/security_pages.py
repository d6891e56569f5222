"""The routers of the security pages, and of the sign-in steps they bring."""

from auth_server.routes import login_code, provider_sign_in
from auth_server.routes.account import authenticator, password, providers, security

SECURITY_PAGES = (
    login_code.router,
    security.router,
    password.router,
    authenticator.router,
    provider_sign_in.router,
    providers.router,
)
