"""A misspelt setting would be ignored in silence, and its default used: said once at the start."""

import os
import sys
from difflib import get_close_matches

from cli.setting_names import all_variables

PREFIX = "OSTIARY_"


def warn_of_unknown_settings() -> None:
    """One line on stderr for each unknown `OSTIARY_…`, with the nearest known name; values are not repeated."""
    known = all_variables()
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            [nearest] = get_close_matches(name.upper(), known, n=1, cutoff=0)
            sys.stderr.write(f"ostiary: {name} is no setting and is ignored; did you mean {nearest}?\n")
