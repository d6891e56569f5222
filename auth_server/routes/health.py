"""`GET /health`: whether this server can do its work."""

from fastapi import APIRouter, Response
from sqlmodel import select

from auth_server.dependencies import ServicesDep
from auth_server.models import SigningKey
from shared.database import unit_of_work
from shared.health import check_database, health_response

router = APIRouter()


@router.get("/health")
def health(services: ServicesDep) -> Response:
    """200 with details, 503 when storage does not answer."""

    def check() -> dict[str, str | int]:
        facts = check_database(services.engine)
        with unit_of_work(services.engine, read_only=True) as session:
            keys = len(session.exec(select(SigningKey.kid)).all())
        return {**facts, "signing_keys": keys}

    response = health_response(check)
    response.headers["Cache-Control"] = "no-store"
    return response
