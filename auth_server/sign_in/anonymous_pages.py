"""Pages with a form for somebody who is not signed in."""

from fastapi import Request, Response

from auth_server.sign_in.cookies import bind_form, form_secret
from auth_server.web.page_services import PageServices


def anonymous_page(
    request: Request, services: PageServices, template: str, status: int = 200, **context: object
) -> Response:
    """One of them; its form is good in this browser alone."""
    secret = form_secret(request, services)
    response = services.pages.render(template, status, csrf_token=services.token_for(secret), **context)
    return bind_form(response, services, secret)
