"""All of the administration API below one prefix, closed by default: an administrator's credential opens it (AS-91)."""

from fastapi import APIRouter, Depends

from auth_server.administrators import api_administrator
from auth_server.routes.admin_api import (
    audit,
    clients,
    document,
    grants,
    invitations,
    keys,
    overview,
    people,
    signing_keys,
    trust,
)
from auth_server.routes.admin_api.wire import WireError

PREFIX = "/admin/api"
ROUTERS = (
    overview.router,
    people.router,
    invitations.router,
    clients.router,
    grants.router,
    keys.router,
    trust.router,
    signing_keys.router,
    audit.router,
)
ERRORS = {
    400: "The body is not text.",
    401: "No credential, or none that counts.",
    403: "The credential is not an administrator's.",
    404: "There is nothing with this id.",
    409: "It cannot be done as things are now.",
    422: "The request is malformed.",
    429: "Too many keys were tried in vain; wait.",
    503: "A dependency does not answer; try again.",
}


def admin_api_router() -> APIRouter:
    """Every route and the document that describes them; the credential is looked at before anything else."""
    responses = {status: {"model": WireError, "description": said} for status, said in ERRORS.items()}
    api = APIRouter(
        prefix=PREFIX,
        dependencies=[Depends(api_administrator)],
        responses=responses,  # type: ignore[arg-type]  # FastAPI's own type is wider in its keys
    )
    for router in ROUTERS:
        api.include_router(router)
    described = list(api.routes)
    api.include_router(document.document_router(described))
    return api
