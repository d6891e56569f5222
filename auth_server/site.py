"""The pages of the authorization server, put on the application in one call."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from auth_server.routes import authorize, device, end_session, login, setup, static
from auth_server.routes.account import connected_apps, grants, key_replacing, keys
from auth_server.routes.account.security_pages import SECURITY_PAGES
from auth_server.routes.admin.routes import ADMIN_PAGES
from auth_server.routes.admin_api.routes import admin_api_router
from auth_server.routes.membership import MEMBERSHIP_PAGES
from auth_server.services import Services
from auth_server.web.error_pages import PageProblem, error_page, plain_problem
from auth_server.web.page_services import PageServices, SignInFirst
from auth_server.web.refused_requests import Refusal

ROUTERS = (
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


def add_pages(app: FastAPI, services: Services) -> None:
    """Routes below the issuer's path, what they share, and the answers to what they raise."""
    shared = PageServices.create(services)
    app.state.page_services = shared
    app.include_router(admin_api_router(), prefix=shared.paths.base)
    for router in ROUTERS:
        app.include_router(router, prefix=shared.paths.base)

    def draw_error(_request: Request, status: int, description: str, refusal: Refusal) -> Response:
        return error_page(shared.pages, plain_problem(status, description, *refusal))

    app.state.error_page = draw_error

    @app.exception_handler(PageProblem)
    def show_problem(_request: Request, problem: PageProblem) -> Response:
        return error_page(shared.pages, problem)

    @app.exception_handler(SignInFirst)
    def sign_in_first(_request: Request, refusal: SignInFirst) -> Response:
        return RedirectResponse(shared.paths.login(refusal.then, again=refusal.again), 303)
