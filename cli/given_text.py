"""Text that a command is given: a file, or the standard input."""

import sys
from pathlib import Path

from cli.failures import readable_failures, stop


def text_of(file: str) -> str:
    """What is in the file, or comes in for `-`. What cannot be read as UTF-8 ends the command."""
    try:
        if file == "-":
            return sys.stdin.read()
        with readable_failures():
            return Path(file).read_text()
    except UnicodeError:
        stop("the file must be UTF-8 text")
