"""The routers of the security pages, and of the sign-in steps they bring."""

from auth_server.routes import login_code, login_passkey, provider_sign_in
from auth_server.routes.account import authenticator, passkeys, password, providers, security

SECURITY_PAGES = (
    login_code.router,
    login_passkey.router,
    security.router,
    password.router,
    passkeys.router,
    authenticator.router,
    provider_sign_in.router,
    providers.router,
)
