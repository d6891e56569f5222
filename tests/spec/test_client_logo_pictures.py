"""CIMD §6.7: what is drawn of a logo, and that anything odd leads to initials (AS-30, AS-78)."""

import struct
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from auth_server.models import ClientLogo
from tests import bad_answers
from tests.auth_harness import AuthHarness
from tests.document_host import Script, proper_answer
from tests.spec.logo_site import ELSEWHERE, Site, drawn, image_answer, picture, shows_initials
from tests.spec.logo_site import auth as auth
from tests.spec.logo_site import site as site

MARK = "a sentence hidden in the file"


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


@pytest.mark.parametrize("size", [(4000, 1), (1, 4000), (1, 1), (96, 96)])
def test_a_picture_of_any_shape_fits(auth: AuthHarness, site: Site, size: tuple[int, int]) -> None:
    """AS-30: also one that is thinner than a pixel when it has shrunk."""
    site.serve(picture(size=size))
    assert drawn(auth.authorize(site.app()).text) is not None


def test_what_is_kept_of_a_logo_is_our_drawing(auth: AuthHarness, site: Site) -> None:
    """AS-30: the file itself is nowhere in the database."""
    file = picture("JPEG")
    site.serve(file, "image/jpeg")
    auth.authorize(site.app())
    with auth.database() as session:
        kept = session.get_one(ClientLogo, site.client_id)
        assert kept.png.startswith(b"\x89PNG")
        assert len(kept.png) < 10_000
