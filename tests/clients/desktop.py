"""A person's desktop: programs open its browser as they open any, and the person answers the consent page there.

Started with `environment`, a program finds the browser where programs look for it: in $BROWSER, as xdg-open, as open.
"""

import os
import threading
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from tests.consent_form import consent_fields, form_fields, own_origin
from tests.doors import Person, wait_until
from tests.loopback import LOOPBACK

HAND_OVER = '#!/bin/sh\nprintf \'%s\\n\' "$1" >"{pipe}"\n'


class Desktop:
    """`opened` are the consent pages that programs asked for; `decision` is what the person presses on the next one.

    `choices` are fields of its form that the person sets otherwise than it offers them.
    `folder` is the person's home: programs keep there what they keep.
    """

    def __init__(self, person: Person, folder: Path) -> None:
        self.person = person
        self.opened: list[str] = []
        self.decision = "approve"
        self.choices: dict[str, list[str]] = {}
        self._failures: list[Exception] = []
        self.folder = folder
        pipe = folder / "opened"
        os.mkfifo(pipe)
        self._pipe = os.open(pipe, os.O_RDWR)  # held for writing too: it never comes to its end by itself
        for name in ("xdg-open", "open", "browser"):
            (folder / name).write_text(HAND_OVER.format(pipe=pipe))
            (folder / name).chmod(0o700)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Desktop":
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        os.write(self._pipe, b"\n")
        self._thread.join()
        assert not self._failures, self._failures

    @property
    def environment(self) -> dict[str, str]:
        """What a program that this person starts finds in its environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OSTIARY_")}
        home = {"HOME": str(self.folder), "BROWSER": str(self.folder / "browser")}
        return kept | home | {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}

    def disconnect_everything(self) -> None:
        """Presses Disconnect for every app on the page of connected apps."""
        browser, path = self.person.browser, "/account/apps/disconnect"
        while path in (page := browser.get("/account/apps").text):
            answer = browser.post(path, data=form_fields(page, path), headers=own_origin(browser))
            assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text

    def _watch(self) -> None:
        with os.fdopen(self._pipe, closefd=True) as lines:
            while url := lines.readline().strip():
                self.opened.append(url)
                try:
                    self._answer(url)
                except Exception as failure:  # said where somebody listens: at the end of `with`
                    self._failures.append(failure)

    def _answer(self, url: str) -> None:
        """Decides on the consent page, and goes where it leads, which is back to the app."""
        browser = self.person.browser
        page = browser.get(url)
        assert page.status_code == httpx2.codes.OK, page.text
        fields = consent_fields(page.text) | self.choices | {"decision": [self.decision]}
        answer = browser.post("/authorize", data=fields, headers=own_origin(browser))
        assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text
        location = answer.headers["location"]
        assert urlsplit(location).hostname in ("localhost", "127.0.0.1"), location
        # mcp-remote opens the browser before it listens; people are slower than that.
        wait_until(lambda: reaches(location))


def reaches(url: str) -> bool:
    """Opens `url`; False when nobody listens there."""
    try:
        httpx2.get(url, **LOOPBACK)
    except httpx2.ConnectError:
        return False
    return True
