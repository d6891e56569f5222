"""The cookies around signing in: one that binds the form before, two that remain after."""

from fastapi import Request, Response

from auth_server.models import User
from auth_server.web.browser import DEVICE_LIFETIME
from auth_server.web.page_services import PageServices
from shared.secrets import new_secret

FORM_LIFETIME = 60 * 60


def form_secret(request: Request, services: PageServices) -> str:
    """What binds the form of somebody not signed in: the browser's own, so that two tabs both work, else new."""
    return request.cookies.get(services.cookies.form) or new_secret("bf")


def bind_form(response: Response, services: PageServices, secret: str) -> Response:
    """Leaves the secret in the browser for an hour."""
    services.cookies.put(response, services.cookies.form, secret, FORM_LIFETIME)
    return response


def put_signed_in(request: Request, response: Response, services: PageServices, user: User, secret: str) -> None:
    """The session, and the mark that this person signed in from this device; the form's binding has done its work."""
    cookies = services.cookies
    device = services.devices.read(request.cookies.get(cookies.device)).with_user(user.id)
    cookies.put(response, cookies.session, secret, services.settings.session_absolute)
    cookies.put(response, cookies.device, services.devices.write(device), DEVICE_LIFETIME)
    cookies.drop(response, cookies.form)
