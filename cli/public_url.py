"""`ostiary up --public-url https://…`: one address for everything, which a tunnel or a proxy leads here."""

import os
import re
from typing import Final
from urllib.parse import urlsplit

from cli.failures import stop
from cli.options import set_environment
from shared.urls import is_loopback_host, origin_of

LOOPBACK_PROXIES: Final = "127.0.0.1,::1"


def use_public_url(given: str) -> None:
    """Both servers' addresses follow it, and a tunnel's end on this machine may say where a request came from.

    A setting that says otherwise, or an address nobody could use, ends the command.
    """
    url = public_origin(given)
    addresses = {"OSTIARY_ISSUER": url, "OSTIARY_MCP_URL": f"{url}/mcp"}
    for name, value in addresses.items():
        if os.environ.get(name, value) != value:
            stop(f"--public-url makes {name} {value}, but it is set to {os.environ[name]}: unset it, or leave one out")
    set_environment(**addresses)
    os.environ.setdefault("OSTIARY_TRUSTED_PROXIES", LOOPBACK_PROXIES)


def public_origin(given: str) -> str:
    """`https://name.example` as browsers and apps will spell it; one slash at its end is forgiven."""
    try:
        parts = urlsplit(given.strip())
        origin = origin_of(given.strip())
    except ValueError:
        stop(f"--public-url must be an address such as https://memory.example.org, not {given!r}")
    if not re.fullmatch(r"https?://[a-z0-9.:\[\]-]+", origin):
        stop("--public-url must be an https address in plain letters; other letters are written as xn--…")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        stop("--public-url is scheme and host alone: apps look for metadata at the root of the host")
    if parts.scheme == "http" and not is_loopback_host(parts.hostname):
        stop("--public-url must be https: people send passwords there, and apps their tokens")
    return origin
