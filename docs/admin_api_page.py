"""The page of the administration API, written from its OpenAPI document."""

from auth_server.routes.admin_api.document import admin_document
from auth_server.routes.admin_api.routes import admin_api_router
from docs.openapi_tables import requests_and_objects

NOTE = "<!-- Written by `make docs` from the code; edit the code instead. -->\n"
INTRO = """Addresses lie below the issuer. A request needs `Authorization: Bearer` with an API key or an access token,
or `X-API-Key` with an API key; either has to have the scope `admin`, and its owner the rights of an administrator now.
Cookies open nothing. `GET /admin/api/openapi.json` gives the same as an OpenAPI 3.1 document.

Bodies are JSON of at most 64 KB, and members that are not listed are refused. Lists come in parts: `next` is what
`after` takes for the following one, null at the end. Whatever is no success is `{"error", "error_description"}`: 401
`invalid_token`, 403 `insufficient_scope`, 404 `not_found`, 409 `conflict`, 422 `invalid_request`.

See also [Administer](../how-to/administer.md).
"""


def admin_api_page() -> str:
    """Every request by topic, and every object that is sent or answered."""
    document = admin_document(list(admin_api_router().routes), "")
    return "\n".join(["# Administration API", "", NOTE, INTRO, *requests_and_objects(document)])
