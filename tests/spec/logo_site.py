"""Web sites of apps with logos, at one server: the fixtures `auth` and `site`."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from PIL import Image

from tests.auth_harness import AuthHarness, RegisteredClient
from tests.document_clients import publish, reading_server
from tests.document_host import DocumentHost, Script, proper_answer

ELSEWHERE = "https://elsewhere.example/logo.png"
SHOWN = re.compile(r'<img class="app-mark app-logo" src="data:image/png;base64,([A-Za-z0-9+/=]+)" alt=""')

PICTURES = re.compile(r"<img[^>]*>")

_numbers = count()


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    """A red picture."""
    written = BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(written, kind, **options)
    return written.getvalue()


@dataclass(frozen=True)
class Site:
    """The web site of an app, of which no other test knows."""

    web: DocumentHost
    host: str

    @property
    def logo(self) -> str:
        return f"https://{self.host}/logo.png"

    @property
    def client_id(self) -> str:
        return f"https://{self.host}/client.json"

    def app(self, logo_uri: str | None = None) -> RegisteredClient:
        """The app, whose document names a logo."""
        return publish(self.web, self.client_id, client_name="Book Club", logo_uri=logo_uri or self.logo)

    def serve(self, picture: bytes, content_type: str = "image/png", logo_uri: str | None = None) -> None:
        """Puts the logo on the web."""
        self.web.serve(logo_uri or self.logo, picture, content_type=content_type)


@pytest.fixture(scope="module")
def auth(web: DocumentHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthHarness]:
    """One server for the module, with Ada signed in."""
    with reading_server(tmp_path_factory.mktemp("logos"), web) as harness:
        yield harness


@pytest.fixture
def site(auth: AuthHarness, web: DocumentHost) -> Site:
    """A site of its own; limits of earlier tests are forgotten."""
    auth.services.limiter.storage.reset()
    return Site(web, f"app{next(_numbers)}.example")


def drawn(page: str) -> bytes | None:
    """The picture that the page shows for the app; there is no other on it."""
    found = SHOWN.search(page)
    assert len(PICTURES.findall(page)) == (1 if found else 0)
    return b64decode(found[1]) if found else None


def shows_initials(page: str) -> bool:
    return drawn(page) is None and '<span class="app-mark" aria-hidden="true">BC</span>' in page


def image_answer(body: bytes, content_type: str = "image/png") -> Script:
    return proper_answer(body, 200, content_type)
