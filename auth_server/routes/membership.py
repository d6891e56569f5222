"""The pages around having an account: getting one, and getting back into it."""

from auth_server.routes import invitation, password_reset, sign_up

MEMBERSHIP_PAGES = (invitation.router, sign_up.router, password_reset.router)
