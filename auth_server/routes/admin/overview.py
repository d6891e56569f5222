"""The start page of administration: whether everything is all right."""

from fastapi import APIRouter, Response

from auth_server.administrators import AdminUser
from auth_server.overview import counted
from auth_server.page_services import PageServicesDep
from auth_server.signed_in_pages import admin_page
from shared.database import unit_of_work

router = APIRouter(include_in_schema=False)
HERE = "/admin"


@router.get(HERE)
def overview_page(services: PageServicesDep, browser: AdminUser) -> Response:
    """The numbers."""
    with unit_of_work(services.engine, read_only=True) as session:
        numbers = counted(session)
    return admin_page(services, browser, "admin/overview.html", HERE, numbers=numbers)
