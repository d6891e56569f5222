"""CIMD §6.7 and OAuth 2.1 §7.12: logos are fetched by the server, drawn anew, and never linked to (AS-30, AS-78)."""

import asyncio
import re
import struct
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any

import httpx2
import pytest
from PIL import Image, PngImagePlugin

from auth_server.models import ClientLogo
from tests import bad_answers
from tests.auth_harness import AuthHarness, RegisteredClient, later
from tests.document_clients import publish, reading_server
from tests.document_host import DocumentHost, Script, proper_answer

ELSEWHERE = "https://elsewhere.example/logo.png"
SHOWN = re.compile(r'<img class="app-mark app-logo" src="data:image/png;base64,([A-Za-z0-9+/=]+)" alt=""')
PICTURES = re.compile(r"<img[^>]*>")
_numbers = count()
MARK = "a sentence hidden in the file"


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
def web() -> Iterator[DocumentHost]:
    """One web for the module."""
    host = DocumentHost()
    yield host
    host.stop()


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


def browser_of(auth: AuthHarness) -> httpx2.AsyncClient:
    """Ada's browser, which does many things at once on the server's own event loop."""
    transport, cookies = httpx2.ASGITransport(auth.app), dict(auth.http.cookies)
    return httpx2.AsyncClient(transport=transport, base_url=auth.settings.issuer, cookies=cookies)


def drawn(page: str) -> bytes | None:
    """The picture that the page shows for the app; there is no other on it."""
    found = SHOWN.search(page)
    assert len(PICTURES.findall(page)) == (1 if found else 0)
    return b64decode(found[1]) if found else None


def shows_initials(page: str) -> bool:
    return drawn(page) is None and '<span class="app-mark" aria-hidden="true">BC</span>' in page


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_logo_is_drawn_anew(auth: AuthHarness, site: Site, kind: str) -> None:
    """AS-30 (CIMD §6.7): a PNG of our own size, whatever came, centred on nothing."""
    site.serve(picture(kind), f"image/{kind.lower()}")
    page = auth.authorize(site.app()).text
    image = Image.open(BytesIO(drawn(page) or b""), formats=["PNG"])
    assert (image.format, image.size) == ("PNG", (96, 96))
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    red, green, _, opacity = image.getpixel((48, 48))  # type: ignore[misc]  # four channels, by the mode
    assert red > 150 > 80 > green
    assert opacity == 255


def test_nothing_of_the_file_is_left(auth: AuthHarness, site: Site) -> None:
    """AS-30 (CIMD §6.7): no texts, no profile, nothing behind its end."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", MARK)
    site.serve(picture(pnginfo=texts, icc_profile=MARK.encode()) + MARK.encode())
    image = drawn(auth.authorize(site.app()).text) or b""
    assert MARK.encode() not in image
    assert not any(chunk in image for chunk in (b"tEXt", b"iTXt", b"zTXt", b"iCCP", b"eXIf"))


def test_the_logo_stands_beside_the_verified_host_and_in_connected_apps(auth: AuthHarness, site: Site) -> None:
    """AS-30, AS-20: what looks like a name of trust never stands alone."""
    site.serve(picture(), "image/png")
    client = site.app()
    page = auth.authorize(client).text
    assert drawn(page) is not None
    assert f"<strong>{site.host}</strong>" in page
    auth.tokens(client)
    apps = auth.http.get("/account/apps").text
    assert drawn(apps) == drawn(page)
    assert f"<strong>{site.host}</strong>" in apps


def test_the_pages_may_show_it_and_nothing_from_elsewhere(auth: AuthHarness, site: Site) -> None:
    """AS-23, AS-30: images come from this server or from the page itself."""
    site.serve(picture(), "image/png")
    answer = auth.authorize(site.app())
    assert "img-src 'self' data:;" in answer.headers["content-security-policy"]
    assert site.logo not in answer.text


@pytest.mark.parametrize(
    "logo_uri", ["https://static.{host}/logo.png", "https://example/logo.png", "https://{host}:8443/logo.png"]
)
def test_a_logo_may_lie_on_the_same_site(auth: AuthHarness, site: Site, logo_uri: str) -> None:
    """AS-30: on the document's host, below it, or above it."""
    logo_uri = logo_uri.format(host=site.host)
    site.serve(picture(), logo_uri=logo_uri)
    assert drawn(auth.authorize(site.app(logo_uri)).text) is not None


@pytest.mark.parametrize(
    "logo_uri", [ELSEWHERE, "https://other{host}/logo.png", "https://{host}.evil.example/logo.png"]
)
def test_nobody_borrows_another_sites_face(auth: AuthHarness, site: Site, logo_uri: str) -> None:
    """AS-30: a logo on a host that does not vouch for the app is not even fetched."""
    logo_uri = logo_uri.format(host=site.host)
    site.serve(picture(), logo_uri=logo_uri)
    assert shows_initials(auth.authorize(site.app(logo_uri)).text)
    assert site.web.count(logo_uri) == 0


def test_an_app_that_registered_itself_shows_no_logo(auth: AuthHarness, site: Site) -> None:
    """AS-30: nobody vouches for it."""
    site.serve(picture(), "image/png")
    client = auth.register(client_name="Book Club", logo_uri=site.logo, redirect_uris=["https://app.example/callback"])
    assert shows_initials(auth.authorize(client).text)
    assert site.web.count(site.logo) == 0


def jpeg_of_scans(number: int, *, progressive: bool) -> bytes:
    """Four million pixels of nothing, gone over `number` times; each time costs the file ten bytes."""

    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    shortest_code = bytes([1]) + bytes(16)
    frame = struct.pack(">BHHB", 8, 2048, 2048, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    tables = segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC4, b"\0" + shortest_code + b"\x10" + shortest_code)
    last = 0 if progressive else 63
    scans = [segment(0xDA, bytes([1, 1 + scan % 3, 0, 0, last, 0])) for scan in range(number)]
    return b"\xff\xd8" + segment(0xC2 if progressive else 0xC0, frame) + tables + b"".join(scans) + b"\xff\xd9"


def on_a_canvas(side: int) -> bytes:
    """A small picture on a canvas of `side` by `side` pixels, as GIF has it."""
    small = picture("GIF")
    return small[:6] + struct.pack("<HH", side, side) + small[10:]


def image_answer(body: bytes, content_type: str = "image/png") -> Script:
    return proper_answer(body, 200, content_type)


ODD: dict[str, Callable[[], Script]] = {
    "not there": lambda: proper_answer(b"", 404),
    "in trouble": lambda: proper_answer(b"", 503),
    "elsewhere": lambda: bad_answers.redirect_to(ELSEWHERE),
    "SVG": lambda: image_answer(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
    "SVG that says PNG": lambda: image_answer(b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "HTML": lambda: proper_answer(b"<html>", 200, "text/html"),
    "a picture without its type": lambda: proper_answer(picture(), 200, "application/octet-stream"),
    "another kind of picture": lambda: image_answer(picture("TIFF")),
    "another kind of picture, said so": lambda: image_answer(picture("BMP"), "image/bmp"),
    "a document": lambda: image_answer(picture("PDF")),
    "PostScript": lambda: image_answer(picture("EPS")),
    "nothing": lambda: image_answer(b""),
    "noise": lambda: image_answer(bytes(range(256)) * 10),
    "half a picture": lambda: image_answer(picture()[:200]),
    "half a JPEG": lambda: image_answer(picture("JPEG")[:300], "image/jpeg"),
    "too many bytes": lambda: image_answer(picture() + b"x" * 200 * 1024),
    "too many pixels": lambda: image_answer(picture(size=(3000, 3000))),
    "far too many pixels": lambda: image_answer(on_a_canvas(12000), "image/gif"),
    "many scans": lambda: image_answer(jpeg_of_scans(24, progressive=False), "image/jpeg"),
    "many progressive scans": lambda: image_answer(jpeg_of_scans(24, progressive=True), "image/jpeg"),
    "cut short": lambda: bad_answers.cut_short,
}


@pytest.mark.parametrize("oddity", ODD)
def test_anything_odd_leads_to_initials(auth: AuthHarness, site: Site, oddity: str) -> None:
    """AS-30, AS-78: and never to an error, nor to a second attempt with the next page."""
    site.serve(picture(), logo_uri=ELSEWHERE)
    site.web.answer(site.logo, ODD[oddity]())
    client = site.app()
    for _ in range(2):
        answer = auth.authorize(client)
        assert answer.status_code == 200
        assert shows_initials(answer.text)
    assert site.web.count(site.logo) == 1
    assert site.web.count(ELSEWHERE) == 0


@pytest.mark.parametrize(
    "logo",
    [
        lambda: picture("JPEG", progressive=True),
        lambda: jpeg_of_scans(6, progressive=True),
        lambda: jpeg_of_scans(6, progressive=False),
    ],
    ids=["a red one", "progressive", "sequential"],
)
def test_a_jpeg_of_a_few_scans_is_drawn(auth: AuthHarness, site: Site, logo: Callable[[], bytes]) -> None:
    """AS-30: progressive ones are what tools for the web write; ours of many scans are refused for their number."""
    site.serve(logo(), "image/jpeg")
    assert drawn(auth.authorize(site.app()).text) is not None


def test_many_visitors_wait_for_one_drawing(auth: AuthHarness, site: Site) -> None:
    """AS-78: what a stranger's picture costs is paid once, however many look."""

    async def answer_late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await image_answer(picture())(writer)

    async def visit_together() -> list[str]:
        async with browser_of(auth) as browser:
            visits = [browser.get("/authorize", params=auth.authorization_parameters(client)) for _ in range(8)]
            return [answer.text for answer in await asyncio.gather(*visits)]

    client = site.app()
    site.web.answer(site.logo, answer_late)
    assert all(drawn(page) for page in asyncio.run(visit_together()))
    assert site.web.count(site.logo) == 1


def test_logos_count_among_the_readings_of_a_network(auth: AuthHarness, site: Site) -> None:
    """AS-79: 30 a minute with the documents; what is left out then is read with a later page."""
    sites = [Site(site.web, f"{number}.{site.host}") for number in range(16)]
    for each in sites:
        each.serve(picture())
    assert shows_initials(auth.authorize(publish(site.web, site.client_id, client_name="Book Club")).text)
    pages = [auth.authorize(each.app()) for each in sites]
    assert [page.status_code for page in pages] == [200] * 15 + [429]
    assert [drawn(page.text) is not None for page in pages] == [True] * 14 + [False] * 2
    assert sites[14].web.count(sites[14].logo) == 0
    auth.services.limiter.storage.reset()
    assert drawn(auth.authorize(sites[14].app()).text) is not None


@pytest.mark.parametrize("size", [(4000, 1), (1, 4000), (1, 1), (96, 96)])
def test_a_picture_of_any_shape_fits(auth: AuthHarness, site: Site, size: tuple[int, int]) -> None:
    """AS-30: also one that is thinner than a pixel when it has shrunk."""
    site.serve(picture(size=size))
    assert drawn(auth.authorize(site.app()).text) is not None


def test_a_logo_inside_a_private_network_is_not_fetched(auth: AuthHarness, site: Site) -> None:
    """AS-78, AS-74 (CIMD §6.5): the same rules as for the document itself."""
    site.web.names.addresses[f"static.{site.host}"] = [("192.168.0.1", 443)]
    assert shows_initials(auth.authorize(site.app(f"https://static.{site.host}/l.png")).text)


def test_a_slow_logo_is_not_waited_for_long(auth: AuthHarness, site: Site) -> None:
    """AS-78: two seconds once, and the page."""
    site.web.answer(site.logo, bad_answers.never_answer)
    assert shows_initials(auth.authorize(site.app()).text)


def test_a_logo_is_kept_for_a_day_and_through_bad_days(auth: AuthHarness, site: Site) -> None:
    """AS-30: one fetch a day; a picture that was good stays while its host is down."""
    site.serve(picture(), "image/png")
    client = site.app()
    first = drawn(auth.authorize(client).text)
    with later(hours=23):
        assert drawn(auth.authorize(client).text) == first
        assert site.web.count(site.logo) == 1
    site.web.answer(site.logo, proper_answer(b"", 503))
    with later(hours=25):
        assert drawn(auth.authorize(client).text) == first
        assert site.web.count(site.logo) == 2


def test_a_logo_the_document_no_longer_names_is_gone(auth: AuthHarness, site: Site) -> None:
    """AS-30: the document decides, not what was kept."""
    site.serve(picture(), "image/png")
    client = site.app()
    assert drawn(auth.authorize(client).text) is not None
    publish(site.web, site.client_id, client_name="Book Club", logo_uri=None)
    with later(hours=2):
        assert shows_initials(auth.authorize(client).text)


def test_a_stranger_causes_no_fetch(auth: AuthHarness, site: Site) -> None:
    """AS-79: neither the document nor its logo is read for people who have not signed in."""
    site.serve(picture(), "image/png")
    client = site.app()
    answer = auth.new_browser().get("/authorize", params=auth.authorization_parameters(client))
    assert answer.status_code == 303
    assert site.web.count(client.id) == site.web.count(site.logo) == 0


def test_what_is_kept_of_a_logo_is_our_drawing(auth: AuthHarness, site: Site) -> None:
    """AS-30: the file itself is nowhere in the database."""
    file = picture("JPEG")
    site.serve(file, "image/jpeg")
    auth.authorize(site.app())
    with auth.database() as session:
        kept = session.get_one(ClientLogo, site.client_id)
        assert kept.png.startswith(b"\x89PNG")
        assert len(kept.png) < 10_000
