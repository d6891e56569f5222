"""The health document both servers answer with: 200 and "ok", or 503 and "error"."""

from collections.abc import Callable, Mapping
from importlib.metadata import version

from sqlalchemy import Engine, text
from starlette.responses import JSONResponse

Check = Callable[[], Mapping[str, str | int]]


def health_response(check: Check) -> JSONResponse:
    """Runs `check`, whose facts join the document; any failure of storage is a 503 without its cause."""
    try:
        facts = dict(check())
    except Exception:
        return JSONResponse({"status": "error", "version": version("ostiary")}, 503)
    return JSONResponse({"status": "ok", "version": version("ostiary"), **facts})


def check_database(engine: Engine) -> dict[str, str | int]:
    """Raises whatever the database raises when it does not answer."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return {"backend": engine.dialect.name}
