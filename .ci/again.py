"""Runs what failed in the crowd once more, alone: `python .ci/again.py`. More than a handful is not run again."""

import json
import os
import re
import sys
from pathlib import Path

HANDFUL = 5
GROUP = re.compile(r"@[\w -]+$")
"""What pytest-xdist adds to the name of a test that belongs to a group."""


def main() -> None:
    """Ends as pytest ends, or with 1 where there is nothing to run or too much."""
    file = Path(".pytest_cache/v/cache/lastfailed")
    failed = [GROUP.sub("", name) for name in json.loads(file.read_text())] if file.exists() else []
    if not 0 < len(failed) <= HANDFUL:
        sys.exit(f"{len(failed)} failed: not run again")
    sys.stderr.write(f"Once more, alone: {' '.join(failed)}\n")
    os.execv(".venv/bin/pytest", ["pytest", "-n", "0", "-m", "", *failed])  # noqa: S606 (our own)


if __name__ == "__main__":
    main()
