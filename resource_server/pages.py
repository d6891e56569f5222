"""The resource server's pages, and what each of them carries. They load nothing, and say no secrets."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from markupsafe import Markup
from starlette.responses import HTMLResponse

from resource_server.settings import Settings
from shared.relative_time import exact, relative
from shared.templating import template_environment

STYLES = ("properties", "elements", "page", "controls", "components", "motion")
"""The parts of the shared stylesheet that pages need which are the same for everybody."""

OF_PEOPLE = ("consent", "connected_apps", "keys", "areas", "administration", "charts", "security", "servers")
PEOPLES_STYLES = (*STYLES[:-1], *OF_PEOPLE, "motion")
"""Those that pages of signed-in people need."""

COPYING = "copying.js"
"""Their one script, which stands in the page."""


class Pages:
    """Renders templates that load nothing; the stylesheet is read once and stands in each page."""

    def __init__(
        self,
        settings: Settings,
        parts: tuple[str, ...] = STYLES,
        form_action: tuple[str, ...] = ("'none'",),
        script_file: str = "",
    ) -> None:
        styles = "\n".join((files("templates") / "styles" / f"{part}.css").read_text("utf-8") for part in parts)
        mark = (files("templates") / "static" / "mark.svg").read_bytes()
        script = (files("templates") / "static" / script_file).read_text("utf-8") if script_file else ""
        self._headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": _content_security_policy(styles, form_action, script),
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        }
        self._environment = template_environment()
        self._environment.filters.update(relative=relative, exact=exact)
        self._environment.globals.update(
            path=str,  # the masthead leads to `/`, wherever this server is
            styles=Markup(styles),  # noqa: S704 (our own file, and its digest is in the policy)
            copying=Markup(script),  # noqa: S704 (as is this)
            icon=f"data:image/svg+xml;base64,{b64encode(mark).decode()}",
            mcp_url=settings.mcp_url,
            issuer=settings.issuer,
            connected_apps=f"{settings.issuer}/account/apps",
        )

    def render(
        self, template: str, status: int = 200, headers: dict[str, str] | None = None, **context: object
    ) -> HTMLResponse:
        """One page, the same for everybody; `headers` join those of every page."""
        html = self._environment.get_template(template).render(**context)
        return HTMLResponse(html, status, {**self._headers, **(headers or {})})


def peoples_pages(settings: Settings) -> Pages:
    """Of signed-in people: they have forms, which may lead to a sign-in."""
    return Pages(settings, PEOPLES_STYLES, ("'self'", settings.issuer_origin), COPYING)


def pages_that_lead_away(settings: Settings) -> Pages:
    """Of signed-in people, with a form that leads to wherever another server signs people in, in several steps."""
    schemes = ("https:",) if settings.mcp_url.startswith("https://") else ("https:", "http:")
    return Pages(settings, PEOPLES_STYLES, ("'self'", *schemes))


def _content_security_policy(styles: str, form_action: tuple[str, ...], script: str) -> str:
    """No frames and no other origin; the styles, and on pages of people one script, are allowed by what they are.

    Browsers apply form-action to the redirect that follows a form, too.
    """
    scripts = f"script-src {_digest(script)}; " if script else ""
    return (
        f"default-src 'none'; style-src {_digest(styles)}; {scripts}img-src data:; "
        f"base-uri 'none'; form-action {' '.join(form_action)}; frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    """CSP 3 §2.3.1: what an element may hold."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
