"""The stylesheet and the icon, from our own origin, each under a name that changes with its content."""

from fastapi import APIRouter, HTTPException, Response

from auth_server.web.page_services import PageServicesDep

ONE_YEAR = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@router.get("/static/{name}")
def static(name: str, services: PageServicesDep) -> Response:
    """`/static/<name>.<hash>.<suffix>`, which browsers keep for a year."""
    if name not in services.pages.static_files:
        raise HTTPException(404)
    content, media_type = services.pages.static_files[name]
    return Response(content, media_type=media_type, headers={"Cache-Control": ONE_YEAR})
