"""The cookies of the pages: none of the authorization server's names, so that each ignores the other's (AS-92)."""

from dataclasses import dataclass

from starlette.responses import Response

from resource_server.settings import Settings
from shared.cookies import HOST_PREFIX, PAGES_COOKIE
from shared.installation import Installation


@dataclass(frozen=True)
class PageCookies:
    """`session` speaks for a signed-in person; `sign_in` binds a sign-in that is under way to the browser."""

    session: str
    sign_in: str
    is_secure: bool

    def put(self, response: Response, name: str, value: str, max_age: int) -> None:
        """Sets one: HttpOnly, SameSite=Lax, Path=/, and Secure with https."""
        response.set_cookie(
            name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=self.is_secure
        )

    def drop(self, response: Response, name: str) -> None:
        """Ends one."""
        response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=self.is_secure)


def page_cookies(settings: Settings, installation: Installation) -> PageCookies:
    """`__Host-` with https; on plain-http loopback, where ports share cookies, the installation's id is in the name."""
    is_https = settings.mcp_url.startswith("https://")
    name = f"{HOST_PREFIX}{PAGES_COOKIE}" if is_https else f"{PAGES_COOKIE}_{installation.short_id}"
    return PageCookies(name, f"{name}_sign_in", is_https)
