"""`POST /internal/people`: the MCP server asks who is behind the ids that it knows people by, for administrators."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from auth_server.dependencies import SessionDep
from auth_server.models import User
from auth_server.resource_servers import find_resource_server
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.changes import CHALLENGE
from auth_server.web.refused_requests import RefusedRequestError
from shared.peoples_names import MOST
from shared.refusals import Reason, Step

router = api_router("internal")


class AskedPeople(BaseModel):
    """About whom."""

    model_config = ConfigDict(extra="forbid")
    ids: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=MOST)]


class NamedPerson(BaseModel):
    """A person; `email` is empty for a service account, which is called by its name."""

    name: str
    email: str


class NamedPeople(BaseModel):
    """Those who have an account, by their ids."""

    people: dict[str, NamedPerson]


@router.post("/internal/people")
def peoples_names(request: Request, asked: AskedPeople, session: SessionDep) -> NamedPeople:
    """Whom nobody knows is left out. Raises RefusedRequestError 401."""
    if find_resource_server(session, request.headers.get("authorization", "")) is None:
        description = "Only a resource server may ask who people are."
        raise RefusedRequestError(Step.CALL, Reason.RESOURCE_SERVER_UNKNOWN, 401, description, CHALLENGE)
    known = session.exec(select(User).where(col(User.id).in_(asked.ids))).all()
    return NamedPeople(people={one.id: _named(one) for one in known})


def _named(account: User) -> NamedPerson:
    return NamedPerson(name=account.name, email=account.email if account.is_person else "")
