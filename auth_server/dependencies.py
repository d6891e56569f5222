"""What a route may ask for, as annotated types: a session, the request, the protocol server."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, TypeVar

import anyio
from fastapi import Depends, HTTPException, Request
from sqlmodel import Session

from auth_server.documents.key_sets import KeysUnreachableError, refresh_client_keys
from auth_server.oauth.requests import TooManyParametersError, WireRequest
from auth_server.oauth.server import OstiaryServer
from auth_server.services import Services
from auth_server.web.refused_requests import RefusedRequestError
from auth_server.web.request_bodies import read_body
from shared.database import unit_of_work
from shared.refusals import Reason, Step

MAX_BODY = 64 * 1024
READING = ("GET", "HEAD")
RETRY_AFTER = {"Retry-After": "5"}


async def get_services(request: Request) -> Services:
    """What `create_app` built; `async`, because FastAPI would ask a thread for it."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


async def take_turn(services: ServicesDep) -> AsyncIterator[None]:
    """Waits for a place without a thread.

    FastAPI runs a session's opening, its route and its end in a thread each. Where many requests hold sessions, and
    more wait for one in every thread there is, nobody who could end has a thread to do it.
    """
    async with services.turns:
        yield


Turn = Annotated[None, Depends(take_turn, scope="function")]


def open_session(request: Request, services: ServicesDep, _turn: Turn) -> Iterator[Session]:
    """One transaction a request, committed before the answer leaves; GET and HEAD only read."""
    with unit_of_work(services.engine, read_only=request.method in READING) as session:
        yield session


SessionDep = Annotated[Session, Depends(open_session, scope="function")]


async def read_request(request: Request, services: ServicesDep) -> WireRequest:
    """The request as the protocol sees it, its URI built from the issuer and never from Host."""
    body = await read_body(request, MAX_BODY)
    try:
        return WireRequest(
            method=request.method,
            uri=services.settings.issuer_origin + request.url.path,
            headers=request.headers,
            query=request.scope["query_string"],
            body=body,
            peer=request.client.host if request.client else "",
        )
    except TooManyParametersError as error:
        raise HTTPException(400, error.description) from None


OAuthRequest = Annotated[WireRequest, Depends(read_request)]


async def read_client_request(request: OAuthRequest, services: ServicesDep) -> WireRequest:
    """A request whose sender may have signed for itself; its keys are read before any transaction is open."""
    if request.parameters.get("client_assertion") is not None:
        try:
            await refresh_client_keys(services, request)
        except KeysUnreachableError:
            description = "The client's keys cannot be read now. Try again in a moment."
            raise RefusedRequestError(
                Step.TOKEN, Reason.CLIENT_KEYS_UNREACHABLE, 503, description, RETRY_AFTER
            ) from None
    return request


ClientRequest = Annotated[WireRequest, Depends(read_client_request)]
"""Stands before whatever opens a session: the parameters of a route are made ready in their order."""


async def open_server(session: SessionDep, services: ServicesDep) -> OstiaryServer:
    """The protocol server of this one request; making it costs microseconds."""
    return OstiaryServer(session, services)


Server = Annotated[OstiaryServer, Depends(open_server)]


Answered = TypeVar("Answered")


class Protocol:
    """The protocol server for one piece of work: session, work and commit in one thread, one after the other.

    As dependencies they would take a thread each, and each change of threads costs as much as a query.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, work: Callable[[OstiaryServer], Answered], *, read_only: bool = False) -> Answered:
        """What `work` answers, once its transaction is committed; it waits for a turn first."""
        async with self._services.turns:
            return await anyio.to_thread.run_sync(self._work_now, work, read_only)

    def _work_now(self, work: Callable[[OstiaryServer], Answered], read_only: bool) -> Answered:
        with unit_of_work(self._services.engine, read_only=read_only) as session:
            return work(OstiaryServer(session, self._services, may_write=not read_only))


async def open_protocol(services: ServicesDep) -> Protocol:
    """For endpoints that are asked often."""
    return Protocol(services)


ProtocolDep = Annotated[Protocol, Depends(open_protocol)]
