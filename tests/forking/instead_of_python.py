"""Takes the place of Python in a supervisor that was forked: `-m cli serve auth --fd=7` is forked as well.

It lives and ends with the server that it asked for: signals are passed on, and the exit code comes back.
"""

import json
import os
import signal
import socket
import sys

place, _, _, *arguments = sys.argv[1:]
fds = [0, 1, 2, *(int(one.removeprefix("--fd=")) for one in arguments if one.startswith("--fd="))]
folder = os.getcwd()  # noqa: PTH109 (pathlib takes longer to import than all of this takes)
asked = {"arguments": arguments, "environment": dict(os.environ), "folder": folder, "fds": fds}
connection = socket.socket(socket.AF_UNIX)
connection.connect(place)
socket.send_fds(connection, [b"."], fds)
connection.sendall(json.dumps(asked).encode() + b"\n")
lines = connection.makefile("r")
child = int(lines.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(child, number))
code = int(lines.readline())
if code < 0:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
