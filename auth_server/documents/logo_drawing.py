"""Draws a picture anew, so that of the file a stranger made nothing is left but what it looks like (CIMD §6.7)."""

from io import BytesIO

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

SIDE = 96
"""Pixels of the square that is drawn; pages show it at half of that, sharp on fine screens too."""
MOST_PIXELS = 2048 * 2048
MOST_SCANS = 20
"""Passes over a JPEG's whole area; a progressive one of three colours makes ten. A few bytes can ask for each."""
START_OF_SCAN = b"\xff\xda"
"""ITU-T T.81 §B.1.1.2: these bytes are nothing else within a scan, whatever else a decoder skips or takes for one."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
"""What is read at all. Not SVG, which is a program."""


class UndrawableError(Exception):
    """The file is no picture that is drawn here; `str()` says why."""


def drawn_anew(picture: bytes) -> bytes:
    """A PNG of 96 by 96 pixels, transparent around a picture that is not square. Raises UndrawableError.

    What it costs is bounded before anything is decoded, by pixels and by passes over them: some tenths of a second of
    one core and 100 MB at worst. So it is called in a thread, and by the few.
    """
    try:
        return _png(_first_frame(picture))
    except UndrawableError:
        raise
    except Exception as cause:  # decoders raise whatever they like over a broken file
        raise UndrawableError(f"It cannot be read: {type(cause).__name__}.") from cause


def _first_frame(picture: bytes) -> Image.Image:
    with Image.open(BytesIO(picture), formats=FORMATS) as opened:
        width, height = opened.size
        if isinstance(opened, JpegImageFile) and picture.count(START_OF_SCAN) > MOST_SCANS:
            raise UndrawableError("It has more scans than a picture needs.")
        if width * height > MOST_PIXELS:  # known from the header, before anything is unpacked
            raise UndrawableError(f"It has {width} by {height} pixels.")
        return opened.convert("RGBA")


def _png(frame: Image.Image) -> bytes:
    """On a canvas of our own: colour profiles, texts and further frames stay behind."""
    fitted = ImageOps.contain(frame, (SIDE, SIDE))
    canvas = Image.new("RGBA", (SIDE, SIDE))
    canvas.paste(fitted, ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2))
    written = BytesIO()
    canvas.save(written, "PNG", optimize=True)
    return written.getvalue()
