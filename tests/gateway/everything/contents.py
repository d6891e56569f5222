"""What it answers with: a picture, a sound, and text, each in the shapes of the protocol."""

import struct
import zlib
from base64 import b64encode
from typing import Any

import mcp_types as t


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


_HEADER = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
_PIXEL = zlib.compress(b"\x00\xff\x00\x00")
PICTURE = b64encode(
    b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", _HEADER) + _chunk(b"IDAT", _PIXEL) + _chunk(b"IEND", b"")
).decode()
"""One red pixel."""

_FORMAT = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
SOUND = b64encode(
    b"RIFF" + struct.pack("<I", 37) + b"WAVEfmt " + struct.pack("<I", 16) + _FORMAT + b"data\x01\0\0\0\x80"
).decode()
"""One sample of silence."""


def text(words: str) -> t.TextContent:
    """Text."""
    return t.TextContent(type="text", text=words)


def picture() -> t.ImageContent:
    """A picture."""
    return t.ImageContent(type="image", data=PICTURE, mime_type="image/png")


def sound() -> t.AudioContent:
    """A sound."""
    return t.AudioContent(type="audio", data=SOUND, mime_type="audio/wav")


def embedded(uri: str, words: str, mime_type: str = "text/plain") -> t.EmbeddedResource:
    """A resource within an answer."""
    return t.EmbeddedResource(
        type="resource", resource=t.TextResourceContents(uri=uri, mime_type=mime_type, text=words)
    )


def said(*content: Any, is_error: bool = False) -> t.CallToolResult:
    """What a tool answers."""
    return t.CallToolResult(content=list(content), is_error=is_error)
