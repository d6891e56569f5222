"""GET /memories/…: says what the address of a memory is. It asks nobody who they are, and looks nothing up."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from resource_server.memory_addresses import PATH
from resource_server.settings import Settings

STYLES = ("properties", "elements", "page", "controls")
"""The parts of the shared stylesheet that this page needs."""


def routes(settings: Settings) -> list[Route]:
    """One page, made once and the same for every id: it cannot tell whether there is a memory."""
    styles = "\n".join((files("templates") / "styles" / f"{part}.css").read_text("utf-8") for part in STYLES)
    page = _page(styles, f"{settings.issuer}/account/apps")
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _content_security_policy(styles),
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }

    async def memory_address(_request: Request) -> HTMLResponse:
        return HTMLResponse(page, headers=headers)

    return [Route(f"{PATH}{{memory_id}}", memory_address)]


def _page(styles: str, connected_apps: str) -> str:
    environment = Environment(
        loader=PackageLoader("templates", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["path"] = str  # the masthead leads to `/`, wherever this server is
    mark = (files("templates") / "static" / "mark.svg").read_bytes()
    return environment.get_template("memory/address.html").render(
        styles=Markup(styles),  # noqa: S704 (our own file, and its digest is in the policy)
        icon=f"data:image/svg+xml;base64,{b64encode(mark).decode()}",
        connected_apps=connected_apps,
    )


def _content_security_policy(styles: str) -> str:
    """No scripts, no frames, no other origin; the styles are allowed by what they are."""
    digest = b64encode(sha256(styles.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
