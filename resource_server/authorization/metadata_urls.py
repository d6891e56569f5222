"""RFC 9728 §3: where the metadata of the protected resource lies."""

from urllib.parse import urlsplit

from resource_server.settings import Settings

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def metadata_path(settings: Settings) -> str:
    """RFC 9728 §3.1: the well-known string goes between the host and the path of the resource."""
    return WELL_KNOWN + urlsplit(settings.mcp_url).path.rstrip("/")


def metadata_url(settings: Settings) -> str:
    """The absolute URL that challenges name."""
    return settings.mcp_origin + metadata_path(settings)
