"""Programs that insist on a person at a terminal, and where agents run: a home of their own, no network beyond here."""

import os
import pty
import subprocess

from tests.clients.desktop import Desktop

NOWHERE = "http://127.0.0.1:9"


def agent_environment(desktop: Desktop) -> dict[str, str]:
    """The desktop's home and browser, nothing else of this process; a proxy that is not there for every other host."""
    kept = {name: desktop.environment[name] for name in ("HOME", "PATH", "BROWSER")}
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), NOWHERE) | {"NO_PROXY": "localhost,127.0.0.1,::1"}
    return kept | proxies | {"TERM": "xterm", "LANG": "C.UTF-8"}


def run_on_terminal(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Runs a command to its end on a terminal where nobody types; gives its exit status and what the screen showed."""
    screen, terminal = pty.openpty()
    try:
        process = subprocess.Popen(
            command, env=environment, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
        )
        os.close(terminal)
        shown = b"".join(iter(lambda: read_screen(screen), b""))
        return process.wait(), shown.decode(errors="replace")
    finally:
        os.close(screen)


def read_screen(screen: int) -> bytes:
    """What came next; nothing once the program has ended, which Linux reports as an error."""
    try:
        return os.read(screen, 4096)
    except OSError:
        return b""
