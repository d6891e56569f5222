"""`POST /internal/server-acts`: the MCP server tells what administrators did to servers."""

from typing import Annotated

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from auth_server.audit_log.audit import AuditKind, record
from auth_server.dependencies import SessionDep
from auth_server.resource_servers import find_resource_server
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.changes import CHALLENGE
from auth_server.web.refused_requests import RefusedRequestError
from shared.refusals import Reason, Step
from shared.server_acts import MOST, ServerAct

router = api_router("internal")
KINDS = {
    ServerAct.ADDED: AuditKind.SERVER_ADDED,
    ServerAct.REMOVED: AuditKind.SERVER_REMOVED,
    ServerAct.ENABLED: AuditKind.SERVER_ENABLED,
    ServerAct.DISABLED: AuditKind.SERVER_DISABLED,
    ServerAct.SENDS_CHANGED: AuditKind.SERVER_SENDS_CHANGED,
    ServerAct.CLIENT_ENTERED: AuditKind.SERVER_CLIENT_ENTERED,
    ServerAct.TOOL_SHAPED: AuditKind.SERVER_TOOL_SHAPED,
    ServerAct.TOOLS_ACCEPTED: AuditKind.SERVER_TOOLS_ACCEPTED,
    ServerAct.CHANGED: AuditKind.SERVER_CHANGED,
    ServerAct.CREDENTIAL_ENTERED: AuditKind.SERVER_CREDENTIAL_ENTERED,
    ServerAct.CREDENTIAL_FORGOTTEN: AuditKind.SERVER_CREDENTIAL_FORGOTTEN,
}
Word = Annotated[str, Field(max_length=2048)]


class ToldServerAct(BaseModel):
    """Who did what to which server: `by` at a page or with the app `client_id`; nobody, at the machine.

    `person` is for whom, where it is not for everybody.
    """

    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(pattern=r"^evt_[0-9a-z]{26}$")]
    act: ServerAct
    server: Word
    server_id: Word
    transport: Word
    by: Word = ""
    client_id: Word = ""
    person: Word = ""
    happened: AwareDatetime


class ToldServerActs(BaseModel):
    """All that the audit log does not say yet."""

    model_config = ConfigDict(extra="forbid")
    acts: Annotated[list[ToldServerAct], Field(max_length=MOST)]


@router.post("/internal/server-acts", status_code=204)
def server_acts(request: Request, told: ToldServerActs, session: SessionDep) -> None:
    """They stand in the audit log from now on, each once. Raises RefusedRequestError 401."""
    if find_resource_server(session, request.headers.get("authorization", "")) is None:
        description = "Only a resource server may tell what was done to servers."
        raise RefusedRequestError(Step.CALL, Reason.RESOURCE_SERVER_UNKNOWN, 401, description, CHALLENGE)
    for one in told.acts:
        record(
            session,
            KINDS[one.act],
            user_id=one.person or None,
            by=one.by or None,
            client_id=one.client_id or None,
            event_id=one.id,
            server=one.server,
            server_id=one.server_id,
            transport=one.transport,
            happened=one.happened.isoformat(),
        )
