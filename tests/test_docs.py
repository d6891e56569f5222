"""The documentation, held to the code: what it names exists, and what the code knows best is written from it."""

import ast
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from typer.main import get_command

from cli.main import app
from cli.setting_names import all_variables
from docs.generate import DOCS, PAGES
from docs.manifest import MOST_NAMES, citations, existing_tests, specifications_page
from shared.scopes import Scope

ROOT = Path(__file__).parent.parent
WRITTEN = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "examples").glob("*.md")])
ALL_TEXT = {path: path.read_text() for path in WRITTEN}
COVERED = {"K": 49, "M": 52, "E": 24, "C": 22, "G": 34}
WIDEST = 120
LATER = {86, 88, *range(100, 106), 107, 108, 111, 113}

each_page = pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))


@pytest.mark.parametrize("name", PAGES)
def test_written_pages_are_current(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run `make docs`"


@each_page
def test_every_test_that_a_page_names_exists(path: Path) -> None:
    assert set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", ALL_TEXT[path])) <= existing_tests().keys()


@each_page
def test_every_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|mailto:)([^)#]+)(?:#[^)]*)?\)", ALL_TEXT[path])
    assert [link for link in links if not (path.parent / link).exists()] == []


@each_page
def test_every_file_that_a_page_names_exists(path: Path) -> None:
    named = re.findall(
        r"`((?:auth_server|resource_server|shared|cli|deploy|examples|tests|docs)/[\w./-]*)`", ALL_TEXT[path]
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


@each_page
def test_every_make_target_in_the_docs_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = re.findall(r"(?:^|`)make ([a-z-]+)", ALL_TEXT[path], re.M)
    assert set(named) <= targets


@each_page
def test_every_command_in_the_docs_exists(path: Path) -> None:
    for words in re.findall(r"(?:^|/|exec auth )ostiary ((?:[a-z-]+ ?)+)", "\n".join(code_of(ALL_TEXT[path])), re.M):
        command = get_command(app)
        for word in words.split():
            if hasattr(command, "commands"):
                assert word in command.commands, words
                command = command.commands[word]


@each_page
def test_every_setting_in_the_docs_exists(path: Path) -> None:
    named = set(re.findall(r"OSTIARY_[A-Z_]+[A-Z]", ALL_TEXT[path]))
    assert named - all_variables() - {"OSTIARY_HOST"} == set()


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    assert set(re.findall(r"^([a-z-]+):.*## ", makefile, re.M)) == targets


def test_every_scope_has_a_row() -> None:
    page = (DOCS / "reference" / "scopes.md").read_text()
    assert all(f"`{scope.value}`" in page for scope in Scope)


def test_every_statement_of_this_release_has_a_test() -> None:
    cited = set(citations())
    assert sorted(set(range(1, 122)) - LATER - cited) == []


def test_coverage_has_one_row_for_every_line() -> None:
    rows = re.findall(r"^\| ([KMECG]\d+) \|", (DOCS / "coverage.md").read_text(), re.M)
    assert rows == [f"{letter}{number}" for letter, count in COVERED.items() for number in range(1, count + 1)]


def test_every_row_of_coverage_shows_something_or_says_why_not() -> None:
    rows = re.findall(r"^\| [KMECG]\d+ \|.*$", (DOCS / "coverage.md").read_text(), re.M)
    accepted = re.compile(r"`tests/|later|Refused|refused")
    assert [row for row in rows if not accepted.search(row)] == []


def test_every_decision_is_in_the_index_once() -> None:
    linked = re.findall(r"\]\(decisions/([^)]+)\)", (DOCS / "index.md").read_text())
    assert linked == sorted(decision.name for decision in (DOCS / "decisions").glob("*.md"))


def test_every_page_is_reached_from_the_index() -> None:
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [(page.parent / link).resolve() for link in re.findall(r"\]\(([^):#]+)", page.read_text())]
    assert set(DOCS.rglob("*.md")) - reached == set()


@each_page
def test_no_paragraph_stands_twice(path: Path) -> None:
    """A script may well have run twice."""
    prose = [part for part in re.split(r"\n{2,}", without_code(ALL_TEXT[path])) if len(part) > WIDEST]
    assert [part for part, times in Counter(prose).items() if times > 1] == []


@each_page
def test_prose_is_wrapped(path: Path) -> None:
    """Tables, code, pictures and what a program writes are as long as they are; so is a link that fills its line."""
    if "Written by `make" in ALL_TEXT[path]:
        return
    lines = without_code(ALL_TEXT[path]).splitlines()
    prose = [line for line in lines if not re.match(r"\s*(\||!\[|<!--|\[[^\]]*\]\([^)]*\)\W*$)", line)]
    assert [line for line in prose if len(line) > WIDEST] == []


def without_code(text: str) -> str:
    """Without what stands in blocks."""
    return re.sub(r"^\s*```.*?^\s*```$", "", text, flags=re.M | re.S)


@pytest.mark.parametrize("name", ["connecting.md", "how-to", "quick-start"])
def test_pages_that_say_what_to_type_say_it_in_one_form(name: str) -> None:
    pages = [DOCS / name] if name.endswith(".md") else sorted((DOCS / name).glob("*.md"))
    typed = [code.strip() for page in pages for part in code_of(page.read_text()) for code in part.splitlines()]
    assert [code for code in typed if code.startswith("ostiary ")] == []


def test_no_statement_lists_more_tests_than_can_be_read() -> None:
    cells = [line.split(" | ")[-1] for line in specifications_page().splitlines() if line.startswith("| AS-")]
    assert len(cells) > 100
    assert [cell for cell in cells if len(re.findall(r"::", cell)) > MOST_NAMES] == []
    counted = {number: sum(map(int, re.findall(r"\((\d+)\)", cell))) for number, cell in enumerate(cells, 1)}
    told = {number: len(named) for number, named in citations().items() if len(named) > MOST_NAMES}
    assert {number: counted[number] for number in told} == told


def test_every_test_that_sees_a_client_is_on_the_page_of_clients() -> None:
    """`make clients` writes the page of what such tests saw."""
    page = (DOCS / "reference" / "clients.md").read_text()
    assert sorted(name for name in names_taking("seen", "clients") if f"`{name}`" not in page) == []


def names_taking(fixture: str, folder: str) -> set[str]:
    """The tests of a folder with an argument that begins so; `make clients` writes their pages."""
    return {
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in (ROOT / "tests" / folder).glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if any(argument.arg.startswith(fixture) for argument in node.args.args)
    }


def test_every_test_that_plays_a_client_is_on_the_page_of_personas() -> None:
    """`make clients` writes this page too."""
    page = (DOCS / "reference" / "personas.md").read_text()
    assert sorted(name for name in names_taking("played", "personas") if f"`{name}`" not in page) == []


def test_the_page_of_clients_names_the_versions_that_are_locked() -> None:
    page = (DOCS / "reference" / "clients.md").read_text()
    tools = json.loads((ROOT / "tests" / "package.json").read_text())
    locked = (
        tools["dependencies"]
        | tools["devDependencies"]
        | {package["name"]: package["version"] for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    )
    named = re.findall(r"\| `(\S+)` (\S+) \|", page)
    assert named
    assert [(name, version) for name, version in named if locked.get(name) != version] == [], "run `make clients`"


def test_symbols_of_the_request_flow_exist() -> None:
    """`path.py: name` in request-flow.md names something that path defines."""
    page = (DOCS / "request-flow.md").read_text()
    named = re.findall(r"`([\w/]+\.py)` `([\w.]+)`", page)
    assert len(named) > 20
    missing = [(file, name) for file, name in named if not defines(ROOT / file, name)]
    assert missing == []


def defines(path: Path, name: str) -> bool:
    """Whether a file defines a function, class or constant; `Class.method` names a method."""
    return all(
        re.search(rf"^\s*(?:(?:async )?def|class) {part}\b|^{part}\b.* = ", path.read_text(), re.M)
        for part in name.split(".")
    )


def code_of(text: str) -> list[str]:
    """What stands between backticks, in blocks and in lines."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    return [*blocks, *re.findall(r"`([^`\n]+)`", text)]
