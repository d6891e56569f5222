"""The import rules, sizes and habits that docs and contributors rely on, read from the syntax tree."""

import ast
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("code")

ROOT = Path(__file__).parent.parent
PACKAGES = ("auth_server", "resource_server", "shared", "cli")
CODE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 30
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc"}

# (who, what it must not import). The order of layers: routes → dependencies → oauth → models → shared.
FORBIDDEN_IMPORTS = (
    ("auth_server", ("resource_server", "cli")),
    ("resource_server", ("auth_server", "cli")),
    ("shared", ("auth_server", "resource_server", "cli", "templates")),
    ("auth_server.oauth", ("auth_server.routes", "auth_server.app", "jinja2", "templates")),
    ("auth_server.oauth", ("auth_server.consent", "auth_server.sign_in", "auth_server.documents")),
    (
        "auth_server.trust",
        ("auth_server.consent", "auth_server.sign_in", "auth_server.documents", "auth_server.routes"),
    ),
    ("auth_server.documents", ("auth_server.consent", "auth_server.sign_in", "auth_server.routes")),
    ("auth_server.sign_in", ("auth_server.consent", "auth_server.documents", "auth_server.routes")),
    ("auth_server.consent", ("auth_server.routes",)),
    *((f"auth_server.{package}", ("auth_server.routes",)) for package in ("web", "keys", "membership", "operation")),
    ("auth_server.administration", ("auth_server.routes", "auth_server.web", "fastapi")),
    ("auth_server.audit_log", ("auth_server.routes", "auth_server.web", "auth_server.oauth", "fastapi")),
    (
        "auth_server.upstream",
        ("auth_server.routes", "auth_server.oauth", "auth_server.consent", "auth_server.sign_in", "fastapi"),
    ),
    ("auth_server.models", ("auth_server.routes", "auth_server.oauth", "auth_server.dependencies", "fastapi")),
    ("resource_server.memory", ("resource_server.tools", "resource_server.routes", "resource_server.authorization")),
    ("resource_server.gateway", ("resource_server.tools", "resource_server.routes", "resource_server.context")),
    ("resource_server.tools", ("sqlalchemy", "sqlmodel", "sqlcipher3", "shared.database", "resource_server.models")),
    ("resource_server.context", ("sqlalchemy", "sqlmodel", "sqlcipher3", "resource_server.tools")),
)

# Libraries that few modules may touch, so that a new major version is a small change.
CONFINED = (
    ("authlib", ("auth_server.oauth", "auth_server.models", "auth_server.dependencies", "auth_server.upstream")),
    (
        "mcp",
        (
            "resource_server.app",
            "resource_server.context",
            "resource_server.authorization",
            "resource_server.gateway",
            "resource_server.sessions",
            "resource_server.tools",
            "resource_server.transport",
        ),
    ),
    ("requests", ("auth_server.upstream",)),
    ("uvicorn", ("cli.serve", "cli.connections")),
    ("sqlcipher3", ("resource_server.memory",)),
)


@cache
def trees() -> dict[Path, ast.Module]:
    """Every file's syntax tree."""
    return {path: ast.parse(path.read_text()) for path in CODE}


def our_trees() -> dict[Path, ast.Module]:
    """Without migrations: one lists a schema from top to bottom, in the words of Alembic's template."""
    return {path: tree for path, tree in trees().items() if "versions" not in path.parts}


def module_of(path: Path) -> str:
    """`auth_server/oauth/pkce.py` is `auth_server.oauth.pkce`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_within(module: str, package: str) -> bool:
    """Whether `module` is `package` or lies below it."""
    return module == package or module.startswith(f"{package}.")


@cache
def imports() -> list[tuple[str, str]]:
    """Who imports what, wherever the statement stands."""
    statements = [
        (path, node)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert [path for path, node in statements if isinstance(node, ast.ImportFrom) and node.level] == []
    return [
        (module_of(path), f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name)
        for path, node in statements
        for alias in node.names
    ]


def test_imports_go_one_direction() -> None:
    wrong = [
        (module, imported)
        for module, imported in imports()
        for who, forbidden in FORBIDDEN_IMPORTS
        if is_within(module, who) and any(is_within(imported, one) for one in forbidden)
    ]
    assert wrong == []


def test_a_library_is_touched_in_few_modules() -> None:
    wrong = [
        (module, imported)
        for module, imported in imports()
        for library, homes in CONFINED
        if is_within(imported, library) and not any(is_within(module, home) for home in homes)
    ]
    assert wrong == []


def test_a_file_holds_one_concept() -> None:
    lengths = {module_of(path): len(path.read_text().splitlines()) for path in (*CODE, *TESTS)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}
    assert [name for name in lengths if name.rpartition(".")[2] in FORBIDDEN_NAMES] == []


def test_a_function_fits_on_a_screen() -> None:
    lengths = {
        f"{module_of(path)}.{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in our_trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_nothing_is_opened_when_a_module_is_imported() -> None:
    """Settings, engines and clients are made by create_app or by a command, so that tests can build two."""
    openers = {"Settings", "open_engine", "create_engine", "create_app", "FastAPI", "AsyncClient", "Client"}
    opened = [
        (module_of(path), call.func.id)
        for path, tree in trees().items()
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in openers
    ]
    assert opened == []


def test_nobody_calls_commit() -> None:
    """`unit_of_work` does, before the response leaves."""
    calls = [
        module_of(path)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert calls == []


def test_a_module_says_what_it_is_for() -> None:
    assert [module_of(path) for path, tree in our_trees().items() if not ast.get_docstring(tree)] == []
