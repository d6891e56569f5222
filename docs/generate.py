"""Writes the reference pages that the code knows best: `make docs`. tests/test_docs.py keeps them current."""

from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic.fields import FieldInfo

from auth_server.settings import Settings as AuthSettings
from cli.setting_names import variables
from docs.admin_api_page import admin_api_page
from docs.gateway_api_page import gateway_api_page
from docs.manifest import specifications_page
from docs.standards_page import standards_page
from docs.tools_page import tools_page
from resource_server.settings import Settings as ResourceSettings
from shared.scopes import SENTENCES, Scope
from shared.settings import SharedSettings

DOCS = Path(__file__).parent
NOTE = "<!-- Written by `make docs` from the code; edit the code instead. -->\n"


def settings_page() -> str:
    """Every setting of both servers: variable, default, meaning."""
    shared = set(SharedSettings.model_fields)
    parts = [
        ("Both servers", SharedSettings, shared),
        ("Authorization server", AuthSettings, set(AuthSettings.model_fields) - shared),
        ("MCP server", ResourceSettings, set(ResourceSettings.model_fields) - shared),
    ]
    intro = (
        "Settings are environment variables, read once at the start. A wrong one stops the start with one line that\n"
        "names it. `ostiary up` also takes the data folder, the host, both ports and the public address as options.\n"
    )
    return "\n".join(["# Settings", "", NOTE, intro, *(_settings_table(*part) for part in parts)])


def _settings_table(title: str, settings: type[SharedSettings], names: set[str]) -> str:
    rows = [
        (_names(variables(settings, name)), _default(field), field.description or "")
        for name, field in settings.model_fields.items()
        if name in names
    ]
    return f"## {title}\n\n{_table(('Variable', 'Default', 'Meaning'), rows)}"


def _names(names: list[str]) -> str:
    """The variable, and what earlier systems call it."""
    first, *others = (f"`{name}`" for name in names)
    return f"{first}, also {' and '.join(others)}" if others else first


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value in ("", ()):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def scopes_page() -> str:
    """Every scope with the sentence people read."""
    intro = (
        "A scope names a kind of action. What a call may do is the token's scope, cut by the grant's scope and by the\n"
        "namespaces the person chose. Unknown scopes in a request are dropped.\n"
    )
    rows = [(f"`{scope.value}`", SENTENCES[scope]) for scope in Scope]
    return "\n".join(["# Scopes", "", NOTE, intro, _table(("Scope", "What people read"), rows)])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


PAGES: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_page,
    "reference/scopes.md": scopes_page,
    "reference/tools.md": tools_page,
    "reference/standards.md": standards_page,
    "reference/admin-api.md": admin_api_page,
    "reference/gateway-api.md": gateway_api_page,
    "specifications.md": specifications_page,
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())
