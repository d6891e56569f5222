"""The pages around having an account: getting one, getting back into it, changing and leaving it."""

from auth_server.routes import erasures, invitation, password_reset, sign_up
from auth_server.routes.account import deletion, you

MEMBERSHIP_PAGES = (
    invitation.router,
    sign_up.router,
    password_reset.router,
    you.router,
    deletion.router,
    erasures.router,
)
