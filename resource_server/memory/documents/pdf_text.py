"""The text of a PDF, read by pypdf in a process of its own: a file that was made to harm spends that one's time.

`python -m resource_server.memory.documents.pdf_text` reads a PDF from standard input and writes its text.
"""

import io
import logging
import resource
import subprocess
import sys

import pypdf
from pypdf.errors import PyPdfError

SECONDS = 20
MEMORY = 1024 * 1024 * 1024
MAX_PAGES = 1_000


def text_of_pdf(content: bytes) -> str:
    """Page after page, with a heading each. Raises ValueError for what is no PDF, is locked or takes too long."""
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=2 * SECONDS, check=False)  # noqa: S603 (ours)
    except subprocess.TimeoutExpired:
        raise ValueError("reading it takes too long") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines()
        reason = next((line.removeprefix("refused: ") for line in lines if line.startswith("refused: ")), "")
        raise ValueError(reason or "it cannot be read as a PDF")
    return done.stdout.decode(errors="replace")


def pages_of(content: bytes) -> str:
    """The text of all pages. Raises ValueError and what pypdf raises."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("it is locked with a password")
    if len(reader.pages) > MAX_PAGES:
        raise ValueError(f"it has {len(reader.pages)} pages, and at most {MAX_PAGES} are read")
    texts = ((number, page.extract_text().strip()) for number, page in enumerate(reader.pages, start=1))
    return "\n\n".join(f"# Page {number}\n\n{text}" for number, text in texts if text)


def main() -> None:
    """Bounded in time and memory before the first byte is looked at."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable()
    try:
        text = pages_of(sys.stdin.buffer.read())
    except ValueError as refusal:
        sys.exit(f"refused: {refusal}")
    except (PyPdfError, RecursionError, MemoryError, KeyError, TypeError, AttributeError, IndexError):
        sys.exit("refused: it cannot be read as a PDF")
    sys.stdout.buffer.write(text.encode(errors="replace"))


if __name__ == "__main__":
    main()
