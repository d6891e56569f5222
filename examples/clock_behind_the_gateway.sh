#!/bin/sh
# A server of somebody else's, from PyPI, behind the gateway. Each person enters their own time zone for it, as they
# would enter a key: `sh examples/clock_behind_the_gateway.sh ada@example.org Europe/Berlin`.
set -eu
[ $# = 2 ] || { echo "usage: $0 E-MAIL TIME-ZONE" >&2; exit 2; }
cd "$(dirname "$0")/.."
folder=${CLOCK_FOLDER:-.tools/clock}
ostiary=.venv/bin/ostiary

# In a folder of its own: what it needs does not meet what Ostiary needs.
if [ ! -x "$folder/bin/mcp-server-time" ]; then
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check mcp-server-time==2026.10.19
fi

$ostiary gateway show clock >/dev/null 2>&1 ||
    $ostiary gateway add clock --ask-person TZ -- "$folder/bin/mcp-server-time"
printf '%s\n' "$2" | $ostiary gateway credential set clock --user "$1"
$ostiary gateway test clock --user "$1"
