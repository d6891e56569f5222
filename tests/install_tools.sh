#!/bin/sh
# What the tests need beside Python: a Chromium, and Node packages for accessibility, MCP conformance and clients.
# `--agents` adds Claude Code and Codex, which take 770 MB. Once they are there, they stay.
# Does nothing when all of it is there; says in one line what is missing otherwise.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .tools

fail() {
    echo "ostiary: $1" >&2
    exit 2
}

apt_install() { # on Debian and its relatives, when we may
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    apt-get update -q >.tools/apt.log 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >>.tools/apt.log 2>&1
}

has_chromium() { # the same places, in the same order, as tests/browser.py
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        [ -n "$name" ] && command -v "$name" >/dev/null && return
    done
    ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium*/ >/dev/null 2>&1
}

install_chromium() {
    echo "Installing Chromium for the tests; once" >&2
    apt_install chromium fonts-dejavu-core || .venv/bin/playwright install chromium >&2
}

install_node_packages() {
    command -v npm >/dev/null || apt_install nodejs npm ||
        fail "the tests need npm (Node.js) for accessibility and conformance: install it, then try again"
    echo "Installing the Node packages of the tests; once" >&2
    cp tests/package.json tests/package-lock.json .tools/
    (cd .tools && npm ci $without_agents --no-audit --no-fund >npm.log 2>&1) || fail "npm ci failed: see .tools/npm.log"
    cp tests/package-lock.json .tools/installed-lock.json
}

agents=.tools/node_modules/@openai/codex
without_agents=--omit=dev
[ "${1:-}" = --agents ] || [ -d "$agents" ] && without_agents=

has_chromium || install_chromium || fail "the tests need Chromium: install it, or name one with CHROMIUM"
cmp -s tests/package-lock.json .tools/installed-lock.json && { [ -n "$without_agents" ] || [ -d "$agents" ]; } ||
    install_node_packages
