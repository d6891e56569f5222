#!/bin/sh
# Makes .venv with everything Ostiary needs, on a machine that has Python (3.11 to 3.13) and little else.
#   cli/bootstrap.sh          what `make run` needs
#   cli/bootstrap.sh --dev    the same with what the tests and checks need
# Does nothing when .venv is up to date. Ends with one line that says what is missing when it cannot go on.
set -eu
cd "$(dirname "$0")/.."

wanted=${1:-}
log=.tools/setup.log

fail() {
    echo "ostiary: $1" >&2
    exit 2
}

is_ready() { # neither the lock file nor the project file changed since the stamp was set
    [ -x .venv/bin/python ] && [ -e "$1" ] && [ ! uv.lock -nt "$1" ] && [ ! pyproject.toml -nt "$1" ]
}

fits() { # a Python that runs, of a version we support
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} .venv/bin/python python3.13 python3.12 python3.11 python3 python \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[123]*/bin/python3; do
        if fits "$candidate"; then
            # The interpreter itself: a version manager's shim changes its mind from folder to folder.
            "$candidate" -c 'import os, sys; print(os.path.realpath(sys.executable))'
            return
        fi
    done
    return 1
}

# uv makes the environment itself, so neither `venv` nor `ensurepip` has to be there: pip alone brings uv.
install_uv() {
    "$python" -m pip install --quiet --disable-pip-version-check --target .tools/uv 'uv>=0.8' && return
    "$python" -m venv .tools/pip && .tools/pip/bin/python -m pip install --quiet --target .tools/uv 'uv>=0.8' && return
    [ "$(id -u)" = 0 ] && command -v apt-get && echo "Installing python3-pip with apt-get" >&3 && apt-get update && apt-get install -y --no-install-recommends python3-pip &&
        /usr/bin/python3 -m pip install --quiet --target .tools/uv 'uv>=0.8' && return
    curl -LsSf https://astral.sh/uv/install.sh | UV_UNMANAGED_INSTALL="$PWD/.tools/uv/bin" sh
}

is_ready .venv/.ostiary-dev && exit 0
[ "$wanted" = --dev ] || ! is_ready .venv/.ostiary-run || exit 0

python=$(find_python) || fail "needs Python 3.11, 3.12 or 3.13: install one (Debian: apt install python3) or set PYTHON to it"
mkdir -p .tools
if uv --version >/dev/null 2>&1; then
    uv=uv
else
    uv=.tools/uv/bin/uv
    [ -x $uv ] || install_uv 3>&2 >"$log" 2>&1 || true
    [ -x $uv ] || fail "needs uv or pip: install one of them (Debian: apt install python3-pip) and see $log"
fi

echo "Setting up .venv with $("$python" -V); once, a minute or two" >&2
if [ "$wanted" = --dev ]; then
    groups="" stamp=.venv/.ostiary-dev
else
    groups="--no-dev --inexact" stamp=.venv/.ostiary-run
fi
# Behind a proxy that re-signs TLS, only the system's own certificates are right.
[ -e /etc/ssl/certs/ca-certificates.crt ] && export UV_SYSTEM_CERTS=1
# shellcheck disable=SC2086 (the groups are words)
UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --quiet --frozen $groups --python "$python" ||
    fail "the packages named in uv.lock could not be installed; the lines above say why"
touch "$stamp"
