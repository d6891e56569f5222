"""How an address names a client: its id, or for one whose id is an address itself, that in letters a path may have."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

DOCUMENT = "doc."


def handle_of(client_id: str) -> str:
    """Such as `cli_…` or `doc.aHR0cHM6Ly9…`: routers and proxies would read slashes of an id as their own."""
    if client_id.startswith("cli_"):
        return client_id
    return DOCUMENT + urlsafe_b64encode(client_id.encode(errors="replace")).decode().rstrip("=")


def client_id_of(handle: str) -> str:
    """The id behind a handle; empty for what is none."""
    if not handle.startswith(DOCUMENT):
        return handle
    encoded = handle.removeprefix(DOCUMENT)
    try:
        return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return ""
