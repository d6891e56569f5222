"""What every page of a signed-in person shares: whose it is, where it stands among the others, and its form token."""

from fastapi import Response

from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices
from shared.places import ACCOUNT_PLACES, ADMIN_PLACES, Place, places_beside


def account_page(
    services: PageServices, browser: SignedInBrowser, template: str, here: str, status: int = 200, **context: object
) -> Response:
    """A page that extends account/layout.html; `here` is the path of its entry in the menu."""
    return _page(services, browser, template, here, ACCOUNT_PLACES, status, context)


def admin_page(
    services: PageServices, browser: SignedInBrowser, template: str, here: str, status: int = 200, **context: object
) -> Response:
    """A page that extends admin/layout.html; `here` is the path of its entry in the menu."""
    return _page(services, browser, template, here, ADMIN_PLACES, status, context)


def _page(
    services: PageServices,
    browser: SignedInBrowser,
    template: str,
    here: str,
    places: tuple[Place, ...],
    status: int,
    context: dict[str, object],
) -> Response:
    return services.pages.render(
        template,
        status,
        email=browser.user.email,
        is_admin=browser.user.is_admin,
        csrf_token=services.token_for(browser.secret),
        places=places_beside(places, services.settings.mcp_origin, is_resource_server=False),
        here=here,
        **context,
    )
