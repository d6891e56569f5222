"""Every state of every page: accessible, light and dark, and no wider than a small phone."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.all_scenes import SCENES
from tests.e2e.site import Scene, Site

AXE = Path(os.environ.get("OSTIARY_TEST_AXE", ".tools/node_modules/axe-core/axe.min.js"))
GROUPS = 3
"""Workers that share the scenes, each with a server of its own."""

ALL = "axe.run(document, {resultTypes: ['violations']})"
COLOURS = "axe.run(document, {resultTypes: ['violations'], runOnly: ['color-contrast']})"
"""What can differ in the dark."""

pytestmark = [pytest.mark.browser, pytest.mark.every_page]


def grouped(number: int, scene: Scene) -> object:
    """A scene for one of the workers.

    The first setup is over once somebody is an administrator: its scenes are in the group that no worker comes to late.
    """
    group = 0 if scene.__name__.startswith("setup") else number % GROUPS
    marks = pytest.mark.xdist_group(f"every-page-{group}")
    return pytest.param(scene, marks=marks, id=scene.__name__)


@pytest.mark.parametrize("scene", [grouped(number, scene) for number, scene in enumerate(SCENES)])
def test_every_page_is_accessible_and_fits(scripted: Page, site: Site, scene: Scene) -> None:
    """WCAG 2.2 A and AA by axe-core, light and dark; no sideways scrolling down to 320 pixels; a title of its own."""
    scene(scripted, site)
    scripted.wait_for_load_state()
    assert re.fullmatch(r".+ · Ostiary", scripted.title())
    assert AXE.is_file(), f"{AXE} is missing: run tests/install_tools.sh"
    scripted.evaluate(AXE.read_text())
    for scheme, rules in (("light", ALL), ("dark", COLOURS)):
        scripted.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two it names
        assert serious_findings(scripted, rules) == []
    for width in (390, 320):
        scripted.set_viewport_size({"width": width, "height": 800})
        assert scripted.evaluate("document.documentElement.scrollWidth") <= width


def serious_findings(page: Page, rules: str) -> list[str]:
    """What axe-core calls serious or critical."""
    return [
        f"{violation['id']}: {node['html']}"
        for violation in page.evaluate(rules)["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
