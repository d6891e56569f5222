"""The page of the gateway API, written from its OpenAPI document."""

from docs.openapi_tables import requests_and_objects
from resource_server.routes.gateway_api.document import gateway_document
from resource_server.routes.gateway_api.routes import ERRORS, api_routes

NOTE = "<!-- Written by `make docs` from the code; edit the code instead. -->\n"
INTRO = """Addresses are those of an MCP endpoint at `/mcp`. For one at `/x/mcp` they are `/x/mcp/tools`
and `/x/sessions`; for one at `/x`, `/x/tools` and `/x/sessions`. A request carries `Authorization: Bearer` with an
access token or an API key, or `X-API-Key` with a key, as at the MCP endpoint, and needs the scope `gateway:call` unless
it says otherwise.
`X-Session-ID` confines it to a session. `GET /mcp/openapi.json` gives the same as an OpenAPI 3.1 document.

Bodies are JSON objects, and members that are not listed are refused. Whatever is no success is
`{"error", "error_description"}` with the status that fits; the error of a tool itself is 200 with `is_error`.

See also [Use the gateway without MCP](../how-to/use-without-mcp.md).
"""


def gateway_api_page() -> str:
    """Every request by topic, every object, and what the statuses mean."""
    document = gateway_document(api_routes(), "")
    statuses = ["## Statuses", "", "| Status | Meaning |", "| --- | --- |"]
    statuses += [f"| {status} | {said} |" for status, said in ERRORS.items()]
    return "\n".join(["# Gateway API", "", NOTE, INTRO, *requests_and_objects(document), *statuses, ""])
