"""All routes below the issuer's path, and what the pages share, put on the application in one call."""

from collections.abc import Sequence
from functools import cache

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response
from starlette.routing import BaseRoute

from auth_server.routes import (
    activity,
    authorize,
    changes,
    device,
    device_authorization,
    end_session,
    health,
    introspect,
    login,
    peoples_names,
    register,
    revoke,
    server_acts,
    setup,
    static,
    token,
    userinfo,
)
from auth_server.routes.account import connected_apps, grants, key_replacing, keys
from auth_server.routes.account.security_pages import SECURITY_PAGES
from auth_server.routes.admin.routes import ADMIN_PAGES
from auth_server.routes.admin_api.routes import admin_api_router
from auth_server.routes.membership import MEMBERSHIP_PAGES
from auth_server.services import Services
from auth_server.web.error_pages import PageProblem, error_page, plain_problem
from auth_server.web.page_services import PageServices, SignInFirst
from auth_server.web.refused_requests import Refusal

APIS = (
    token.router,
    device_authorization.router,
    revoke.router,
    introspect.router,
    register.router,
    userinfo.router,
    changes.router,
    activity.router,
    server_acts.router,
    peoples_names.router,
    health.router,
)
PAGES = (
    static.router,
    login.router,
    end_session.router,
    setup.router,
    authorize.router,
    device.router,
    connected_apps.router,
    grants.router,
    keys.router,
    key_replacing.router,
    *ADMIN_PAGES,
    *SECURITY_PAGES,
    *MEMBERSHIP_PAGES,
)


@cache
def routes_below(base_path: str) -> Sequence[BaseRoute]:
    """Every route at an issuer of this path: FastAPI reads them once a process, however many applications it holds.

    They hold no state; what a request needs is in `request.app.state`.
    """
    site = APIRouter()
    for router in (*APIS, admin_api_router(), *PAGES):
        site.include_router(router, prefix=base_path)
    return tuple(site.routes)


def add_site(app: FastAPI, services: Services) -> None:
    """Routes below the issuer's path, what they share, and the answers to what they raise."""
    shared = PageServices.create(services)
    app.state.page_services = shared
    app.router.routes.extend(routes_below(shared.paths.base))

    def draw_error(_request: Request, status: int, description: str, refusal: Refusal) -> Response:
        return error_page(shared.pages, plain_problem(status, description, *refusal))

    app.state.error_page = draw_error

    @app.exception_handler(PageProblem)
    def show_problem(_request: Request, problem: PageProblem) -> Response:
        return error_page(shared.pages, problem)

    @app.exception_handler(SignInFirst)
    def sign_in_first(_request: Request, refusal: SignInFirst) -> Response:
        return RedirectResponse(shared.paths.login(refusal.then, again=refusal.again), 303)
