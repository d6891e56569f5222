"""How this installation does, in numbers."""

from auth_server.dependencies import SessionDep
from auth_server.overview import counted
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.wire import WireModel

router = api_router("overview")


class WireOverview(WireModel):
    """How many there are of each."""

    people: int
    connected_apps: int


@router.get("/overview")
def overview(session: SessionDep) -> WireOverview:
    """The numbers of the start page of administration."""
    return WireOverview.model_validate(counted(session))
