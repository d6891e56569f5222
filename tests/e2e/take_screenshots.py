"""Walks every page of both servers in a real Chromium and saves pictures, to be looked at by people.

    .venv/bin/python -m tests.e2e.take_screenshots FOLDER [SCENE…]

Each scene is taken light and dark, 1280 and 390 wide: `FOLDER/<scene>-<scheme>-<width>.png`.
"""

import math
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import launch_chromium
from tests.e2e.all_scenes import SCENES
from tests.e2e.site import Scene, Site, running_site

WIDTHS = {1280: 800, 390: 844}


def photograph(browser: Browser, site: Site, folder: Path, scenes: Sequence[Scene]) -> None:
    """Each scene in every scheme and width: the first screen, then the whole page."""
    for width, height in WIDTHS.items():
        for scheme in ("light", "dark"):
            for scene in scenes:
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=False
                )
                page = context.new_page()
                scene(page, site)
                name = f"{scene.__name__}-{scheme}-{width}"
                page.screenshot(path=folder / f"{name}.png")
                box = page.locator("body").bounding_box()
                page.set_viewport_size({"width": width, "height": math.ceil(box["height"] if box else height)})
                page.screenshot(path=folder / f"{name}-whole.png")
                context.close()


def main(folder: Path, *names: str) -> None:
    """Takes them all, or the named ones."""
    scenes = [scene for scene in SCENES if not names or scene.__name__ in names]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        os.environ["XDG_CONFIG_HOME"] = f"{scratch}/config"
        browser = launch_chromium(playwright)
        with running_site(Path(scratch)) as site:
            photograph(browser, site, folder, scenes)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
