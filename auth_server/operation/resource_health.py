"""Whether the MCP server answers, asked by the overview."""

import httpx2

from auth_server.settings import Settings

PHASE_TIMEOUT = 0.5
"""Half a second to connect and half a second to answer."""


def resource_answers(settings: Settings) -> bool:
    """Whether it says that it is well. Call it outside any transaction."""
    url = f"{settings.resource_internal_url or settings.mcp_origin}/health"
    is_tls = url.startswith("https://")  # certificates take longer to load than plain http takes to answer
    try:
        with httpx2.Client(timeout=PHASE_TIMEOUT, trust_env=False, verify=is_tls) as client:
            return client.get(url).status_code == httpx2.codes.OK
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return False
