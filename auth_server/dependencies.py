"""What a route may ask for, as annotated types: a session, the request, the protocol server."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from sqlmodel import Session

from auth_server.oauth.requests import TooManyParametersError, WireRequest
from auth_server.oauth.server import OstiaryServer
from auth_server.services import Services
from shared.database import unit_of_work

MAX_BODY = 64 * 1024
READING = ("GET", "HEAD")


def get_services(request: Request) -> Services:
    """What `create_app` built."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


def open_session(request: Request, services: ServicesDep) -> Iterator[Session]:
    """One transaction a request, committed before the answer leaves; GET and HEAD only read."""
    with unit_of_work(services.engine, read_only=request.method in READING) as session:
        yield session


def open_reading_session(services: ServicesDep) -> Iterator[Session]:
    """A transaction that only reads, for a POST that changes nothing; it waits for no writer."""
    with unit_of_work(services.engine, read_only=True) as session:
        yield session


SessionDep = Annotated[Session, Depends(open_session, scope="function")]


async def read_request(request: Request, services: ServicesDep) -> WireRequest:
    """The request as the protocol sees it, its URI built from the issuer and never from Host."""
    body = await _read_body(request)
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


def open_server(session: SessionDep, services: ServicesDep) -> OstiaryServer:
    """The protocol server of this one request; making it costs microseconds."""
    return OstiaryServer(session, services)


Server = Annotated[OstiaryServer, Depends(open_server)]


def open_reading_server(
    session: Annotated[Session, Depends(open_reading_session, scope="function")], services: ServicesDep
) -> OstiaryServer:
    """The protocol server for questions."""
    return OstiaryServer(session, services)


ReadingServer = Annotated[OstiaryServer, Depends(open_reading_server)]


async def _read_body(request: Request) -> bytes:
    """At most 64 KB, counted while it arrives. Raises HTTPException 413."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413)
    return bytes(body)
