"""The import rules, sizes and habits that docs and contributors rely on, read from the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("auth_server", "resource_server", "shared", "cli")
CODE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 30
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools"}

# (who, what it must not import). The order of layers: routes → dependencies → oauth → models → shared.
FORBIDDEN_IMPORTS = (
    ("auth_server", ("resource_server", "cli")),
    ("resource_server", ("auth_server", "cli")),
    ("shared", ("auth_server", "resource_server", "cli", "templates")),
    ("auth_server.oauth", ("auth_server.routes", "auth_server.app", "jinja2", "templates")),
    ("auth_server.models", ("auth_server.routes", "auth_server.oauth", "auth_server.dependencies", "fastapi")),
    ("resource_server.memory", ("resource_server.tools", "resource_server.routes", "resource_server.authorization")),
    ("resource_server.tools", ("sqlalchemy", "sqlmodel", "sqlcipher3", "shared.database", "resource_server.models")),
    ("resource_server.context", ("sqlalchemy", "sqlmodel", "sqlcipher3", "resource_server.tools")),
)

# Libraries that few modules may touch, so that a new major version is a small change.
CONFINED = (
    ("authlib", ("auth_server.oauth", "auth_server.models", "auth_server.dependencies")),
    (
        "mcp",
        (
            "resource_server.app",
            "resource_server.context",
            "resource_server.authorization",
            "resource_server.sessions",
            "resource_server.tools",
            "resource_server.transport",
        ),
    ),
    ("uvicorn", ("cli.serve",)),
    ("sqlcipher3", ("resource_server.memory",)),
)


def module_of(path: Path) -> str:
    """`auth_server/oauth/pkce.py` is `auth_server.oauth.pkce`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_within(module: str, package: str) -> bool:
    """Whether `module` is `package` or lies below it."""
    return module == package or module.startswith(f"{package}.")


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file names in an import, wherever the statement stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(path: Path) -> str:
    """What a failing case is called."""
    return str(path.relative_to(ROOT))


each_file = pytest.mark.parametrize("path", CODE, ids=name)


@each_file
def test_imports_go_one_direction(path: Path) -> None:
    module = module_of(path)
    wrong = [
        (module, imported)
        for who, forbidden in FORBIDDEN_IMPORTS
        if is_within(module, who)
        for imported in imports_of(path)
        if any(is_within(imported, one) for one in forbidden)
    ]
    assert wrong == []


@each_file
def test_a_library_is_touched_in_few_modules(path: Path) -> None:
    module = module_of(path)
    wrong = [
        (module, imported)
        for library, homes in CONFINED
        if not any(is_within(module, home) for home in homes)
        for imported in imports_of(path)
        if is_within(imported, library)
    ]
    assert wrong == []


@each_file
def test_a_file_holds_one_concept(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    assert path.stem not in FORBIDDEN_NAMES


@each_file
def test_a_function_fits_on_a_screen(path: Path) -> None:
    if "versions" in path.parts:
        return  # a migration lists a schema from top to bottom
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {
        node.name: length
        for node in functions
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


@each_file
def test_nothing_is_opened_when_a_module_is_imported(path: Path) -> None:
    """Settings, engines and clients are made by create_app or by a command, so that tests can build two."""
    openers = {"Settings", "open_engine", "create_engine", "create_app", "FastAPI", "AsyncClient", "Client"}
    tree = ast.parse(path.read_text())
    opened = [
        call.func.id
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in openers
    ]
    assert opened == []


@each_file
def test_nobody_calls_commit(path: Path) -> None:
    """`unit_of_work` does, before the response leaves."""
    calls = [
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert calls == []


@each_file
def test_a_module_says_what_it_is_for(path: Path) -> None:
    if "versions" in path.parts:
        return  # a migration's docstring is written by Alembic's template
    assert ast.get_docstring(ast.parse(path.read_text()))
