"""The Chromium that browser tests drive: a named one, an installed one, else Playwright's own."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]


def chromium_path() -> str | None:
    """`$CHROMIUM`, else the first installed browser of the family; None leaves it to Playwright."""
    named = [os.environ.get("CHROMIUM"), *NAMES]
    return next((path for name in named if name and (path := shutil.which(name))), None)


def launch_chromium(playwright: Playwright) -> Browser:
    """Headless, and without a network beyond this machine."""
    return playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
