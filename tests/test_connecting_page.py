"""docs/connecting.md, held to the code: every way to be refused has a row, every row a way, every picture is there."""

import re
from pathlib import Path

from PIL import Image

from shared.refusals import Reason, Step
from tests.e2e.take_pictures import LOCAL, PUBLIC
from tests.refusals import calling, test_authorization_server

PAGE = Path(__file__).parent.parent / "docs" / "connecting.md"
TEXT = PAGE.read_text()
PICTURES = PAGE.parent / "pictures"
ROW = re.compile(r"^\| [^|]+ \| `([a-z-]+)` ((?:`[a-z_]+` ?)+)\|", re.M)
LARGEST, LARGEST_TOGETHER, WIDEST = 80_000, 1_200_000, 1280


def rows() -> set[tuple[str, str]]:
    """Step and reason of every row."""
    return {(step, reason) for step, reasons in ROW.findall(TEXT) for reason in re.findall(r"`(\w+)`", reasons)}


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_reason_of_the_code_has_a_row_and_every_row_a_reason() -> None:
    assert {reason for _, reason in rows()} == {reason.value for reason in Reason}
    assert {step for step, _ in rows()} == {step.value for step in Step}


def test_every_refusal_that_the_tests_provoke_has_its_row() -> None:
    ways = (*calling.WAYS, *test_authorization_server.WAYS)
    assert {(way.step.value, way.reason.value) for way in ways} - rows() == set()


def test_every_app_of_the_first_table_has_its_section() -> None:
    """And an address or a command to copy, or a link that leads to one."""
    [table] = re.findall(r"^\| App \|.*\n((?:\|.*\n)+)", TEXT, re.M)
    apps = re.findall(r"^\| \[[^\]]+\]\(#([\w-]+)\)", table, re.M)
    sections = {anchor(title): body for title, body in re.findall(r"^## (.+)\n((?:(?!## ).*\n)+)", TEXT, re.M)}
    assert len(apps) > 5
    assert [app for app in apps if not re.search(r"```|address|\]\(quick-start/", sections.get(app, ""))] == []


def test_every_picture_is_shown_and_every_picture_shown_is_taken() -> None:
    """`make pictures` takes them; each says in words what it shows."""
    shown = dict(re.findall(r"!\[([^\]]+)\]\(pictures/([\w-]+\.png)\)", TEXT))
    taken = {f"{picture.__name__.replace('_', '-')}.png" for picture in (*PUBLIC, *LOCAL)}
    assert set(shown.values()) == taken == {path.name for path in PICTURES.glob("*.png")}
    assert all(len(words) > 20 for words in shown)


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES.glob("*.png")}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
    assert sum(sizes.values()) < LARGEST_TOGETHER
    for path in PICTURES.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width <= WIDEST


def test_links_within_the_documentation_name_headings_of_this_page() -> None:
    headings = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", TEXT, re.M)}
    linking = [PAGE.parent.parent / "README.md", *PAGE.parent.rglob("*.md")]
    named = {name for path in linking for name in re.findall(r"connecting\.md#([\w-]+)\)", path.read_text())}
    named |= set(re.findall(r"\]\(#([\w-]+)\)", TEXT))
    assert named - headings == set()
