"""HTML pages: the template environment, the stylesheet under its hash, and the answer that carries a page."""

import hashlib
from importlib.resources import files

from fastapi.responses import HTMLResponse

from auth_server.web.own_paths import OwnPaths
from shared.relative_time import exact, relative
from shared.templating import template_environment

STYLES = (
    "properties",
    "elements",
    "page",
    "controls",
    "components",
    "consent",
    "connected_apps",
    "keys",
    "areas",
    "administration",
    "charts",
    "security",
    "motion",
)
"""The parts of the one stylesheet in their order: later ones refine earlier ones."""

MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}


class Pages:
    """Renders templates; the static files are read once and named by their content."""

    def __init__(self, paths: OwnPaths, *, sign_up_is_open: bool = False) -> None:
        self.paths = paths
        self.static_files: dict[str, tuple[bytes, str]] = {}
        self._urls: dict[str, str] = {}
        folder = files("templates")
        styles = [(folder / "styles" / f"{part}.css").read_bytes() for part in STYLES]
        self._add_static("ostiary.css", b"\n".join(styles))
        self._add_static("mark.svg", (folder / "static" / "mark.svg").read_bytes())
        self._add_static("passkeys.js", (folder / "static" / "passkeys.js").read_bytes())
        self._environment = template_environment()
        self._environment.filters.update(relative=relative, exact=exact)
        self._environment.globals.update(static=self._urls.__getitem__, path=paths.to)
        self._environment.globals.update(sign_up_is_open=sign_up_is_open)

    def render(self, template: str, status: int = 200, **context: object) -> HTMLResponse:
        """One page; it may be about a person, so nobody stores it."""
        html = self._environment.get_template(template).render(**context)
        return HTMLResponse(html, status, {"Cache-Control": "no-store"})

    def _add_static(self, name: str, content: bytes) -> None:
        stem, dot, suffix = name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}{dot}{suffix}"
        self.static_files[hashed] = (content, MEDIA_TYPES[dot + suffix])
        self._urls[name] = self.paths.to(f"/static/{hashed}")
