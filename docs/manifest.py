"""docs/specifications.md: every statement about the protocols, its section, and the tests that cite it."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).parent.parent
STATEMENTS = ROOT / "docs" / "statements.txt"
MOST_NAMES = 8
"""More tests than these are told by file, or nobody reads the cell."""


@dataclass(frozen=True)
class Statement:
    """One line of statements.txt."""

    number: int
    section: str
    sentence: str


def statements() -> list[Statement]:
    """All of them, in order."""
    rows = (line.split(" | ", 2) for line in STATEMENTS.read_text().splitlines())
    return [Statement(int(number), section, sentence) for number, section, sentence in rows]


@cache
def existing_tests() -> dict[str, str]:
    """Every test function: `tests/spec/test_x.py::test_y` and its docstring."""
    return {
        f"{path.relative_to(ROOT)}::{node.name}": ast.get_docstring(node) or ""
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.parse(path.read_text()).body
        if _is_test(node)
    }


def citations() -> dict[int, list[str]]:
    """Which tests cite AS-n."""
    citing: dict[int, list[str]] = defaultdict(list)
    for name, docstring in existing_tests().items():
        for number in re.findall(r"AS-(\d+)", docstring):
            if name not in citing[int(number)]:
                citing[int(number)].append(name)
    return citing


def specifications_page() -> str:
    """Statement, section, tests; what has no test yet is called later and claims nothing."""
    citing = citations()
    lines = [
        "# Specifications",
        "",
        "<!-- Written by `make docs` from docs/statements.txt and the tests' docstrings. -->",
        "",
        "Each statement (AS-n) is held by the tests that cite it in their docstrings. Where they are many, their files",
        "are named, and how many there are in each. *Later* means that this release does not do it yet.",
        "",
        "| Statement | Section | Tests |",
        "| --- | --- | --- |",
    ]
    for statement in statements():
        cell = _cell(citing.get(statement.number, []))
        lines.append(f"| AS-{statement.number}: {statement.sentence} | {statement.section} | {cell} |")
    return "\n".join([*lines, "", *_files()])


def _cell(tests: list[str]) -> str:
    """Each test's name, or each file with how many of its tests it are; both lead to the docstrings that cite AS-n."""
    if len(tests) <= MOST_NAMES:
        return "<br>".join(f"`{test}`" for test in tests) or "later"
    counts = Counter(test.partition("::")[0] for test in tests)
    return "<br>".join(f"`{file}` ({count})" for file, count in counts.items())


def _files() -> Iterator[str]:
    """The other way round: which file holds which specification."""
    yield "## By file"
    yield ""
    yield "| File | Specification | Tests |"
    yield "| --- | --- | --- |"
    for path in sorted((ROOT / "tests" / "spec").glob("test_*.py")):
        tree = ast.parse(path.read_text())
        count = sum(_is_test(node) for node in tree.body)
        first = (ast.get_docstring(tree) or "").splitlines()[0]
        yield f"| `{path.relative_to(ROOT)}` | {first} | {count} |"
    yield ""


def _is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
