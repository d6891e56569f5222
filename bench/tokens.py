"""Tokens a second from Ostiary and from oidc-provider, side by side in one run on one machine.

    make bench

oidc-provider (node) keeps everything in memory; Ostiary's database is a SQLite file with full synchronisation. Both
sign ES256 JWTs for one resource. Read the ratios: the absolute figures say more about the machine than about the code.
"""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection as PipeEnd
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from auth_server.oauth.service_clients import ServiceDraft, enter_service_client
from bench.wire import Job, Wire, rate
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.logging import configure_logging
from tests.auth_harness import AuthHarness, auth_settings
from tests.consent_form import PASSWORD, form_fields
from tests.servers import RunningServer, free_port

ROOT = Path(__file__).parent.parent
NODE = ROOT / ".tools/node_modules/node/bin/node"
AT_ONCE = 16
BROWSERS = 4
CALLBACK = "http://127.0.0.1/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ISSUER = "https://auth.bench.example"
OUR_HEADERS = {"Host": "auth.bench.example", "X-Forwarded-Proto": "https", "Origin": ISSUER}
"""As behind a proxy with TLS: with https a signed-in person types no password to connect an app."""


class Ours:
    """Ostiary's authorization server in a process of its own."""

    def __init__(self, port: int, facts: dict[str, str]) -> None:
        self.port, self.facts = port, facts

    async def wire(self) -> Wire:
        return await Wire(self.port, OUR_HEADERS).open()

    async def client_credentials(self) -> Job:
        wire = await self.wire()
        form = {
            "grant_type": "client_credentials",
            "client_id": self.facts["machine"],
            "client_secret": self.facts["secret"],
            "scope": "memory:read",
        }
        return _token_request(wire, wire.form("/token", form))

    async def signed_in(self) -> Wire:
        wire = await self.wire()
        page = await wire.get("/login")
        fields = form_fields(page.body.decode(), "/login") | {"email": ["ada@example.org"], "password": [PASSWORD]}
        await wire.post("/login", fields)
        return wire

    async def round_trip(self, wire: Wire) -> dict[str, Any]:
        query = _authorization_query(self.facts["app"], "memory:read memory:write")
        page = await wire.get(f"/authorize?{query}")
        fields = form_fields(page.body.decode(), "/authorize") | {"decision": ["approve"]}
        answer = await wire.post("/authorize", fields)
        return await _redeem(wire, self.facts["app"], answer.header("location"))


class Theirs:
    """oidc-provider."""

    def __init__(self, port: int) -> None:
        self.port, self.facts = port, {"app": "app"}

    async def wire(self) -> Wire:
        return await Wire(self.port, {"Host": f"127.0.0.1:{self.port}"}).open()

    async def client_credentials(self) -> Job:
        wire = await self.wire()
        form = {
            "grant_type": "client_credentials",
            "client_id": "machine",
            "client_secret": "machine-secret",
            "scope": "memory:read",
        }
        return _token_request(wire, wire.form("/token", form))

    async def signed_in(self) -> Wire:
        wire = await self.wire()
        await self._through(wire, {"prompt": "login", "login": "ada", "password": "ada"})
        return wire

    async def round_trip(self, wire: Wire) -> dict[str, Any]:
        return await _redeem(wire, "app", await self._through(wire, {"prompt": "consent"}))

    async def _through(self, wire: Wire, first: dict[str, str]) -> str:
        """Answers the pages there are; gives the address with the code."""
        here = f"http://127.0.0.1:{self.port}/auth?{_authorization_query('app', SCOPE_THERE)}&prompt=consent"
        answer = await wire.get(here.removeprefix(f"http://127.0.0.1:{self.port}"))
        form = first
        while True:
            here = await wire.follow(here, answer, CALLBACK)
            if here.startswith(CALLBACK):
                return here
            answer = await wire.post(urlsplit(here).path, form)
            assert answer.status in (302, 303), answer.body
            form = {"prompt": "consent"}


SCOPE_THERE = "openid offline_access memory:read memory:write"


async def _redeem(wire: Wire, client_id: str, location: str) -> dict[str, Any]:
    code = parse_qs(urlsplit(location).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": CALLBACK,
    }
    answer = await wire.post("/token", form)
    assert answer.status == 200, answer.body
    tokens: dict[str, Any] = json.loads(answer.body)
    return tokens


def _authorization_query(client_id: str, scope: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "scope": scope,
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return urlencode(asked)


def _token_request(wire: Wire, request: bytes) -> Job:
    async def ask() -> None:
        answer = await wire.send(request)
        assert answer.status == 200, answer.body

    return ask


async def _refreshing(side: Ours | Theirs, browser: Wire) -> Job:
    """A family of its own, which goes on by a generation each time."""
    client_id = side.facts["app"]
    token = (await side.round_trip(browser))["refresh_token"]
    wire = await side.wire()

    async def refresh() -> None:
        nonlocal token
        answer = await wire.post(
            "/token", {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": token}
        )
        assert answer.status == 200, answer.body
        token = json.loads(answer.body)["refresh_token"]

    return refresh


async def _round_trips(side: Ours | Theirs, browser: Wire) -> Job:
    """In that browser, over a new connection: the one of its sign-in may have been idle for too long."""
    wire = await side.wire()
    wire.cookies |= browser.cookies

    async def connect() -> None:
        await side.round_trip(wire)

    return connect


async def measure(side: Ours | Theirs, case: str, seconds: float) -> float:
    """The rate of one case at one side, after a moment of warming up."""
    if case == "client_credentials":
        jobs = [await side.client_credentials() for _ in range(AT_ONCE)]
    elif case == "refresh":
        browser = await side.signed_in()
        jobs = [await _refreshing(side, browser) for _ in range(AT_ONCE)]
    else:
        browsers = [await side.signed_in() for _ in range(BROWSERS)]
        jobs = [await _round_trips(side, browser) for browser in browsers]
    await rate(jobs, seconds / 4)
    return await rate(jobs, seconds)


def main(seconds: float) -> None:
    """Prints a table."""
    with _ostiary() as ours, _oidc_provider() as theirs:
        print(f"{'':22}{'oidc-provider':>14}{'Ostiary':>10}{'ratio':>8}")
        for case in ("client_credentials", "refresh", "code round trip"):
            there, here = (asyncio.run(measure(side, case, seconds)) for side in (theirs, ours))
            print(f"{case:22}{there:14.0f}{here:10.0f}{here / there:8.2f}")


@contextmanager
def _ostiary() -> Iterator[Ours]:
    here, there = Pipe()
    process = Process(target=_serve, args=(there,), daemon=True)
    process.start()
    yield Ours(*here.recv())
    here.send("stop")
    process.join(20)


def _serve(pipe: PipeEnd) -> None:
    configure_logging("ERROR", "bench")
    with tempfile.TemporaryDirectory() as folder:
        settings = auth_settings(
            Path(folder),
            issuer=ISSUER,
            mcp_url="https://mcp.bench.example/mcp",
            trusted_proxies="127.0.0.1",
            master_key="A" * 43,
            login_attempts=10_000,
        )
        auth = AuthHarness(settings)
        auth.create_user()
        app = auth.register(redirect_uris=[CALLBACK])
        machine = _machine(auth)
        port = free_port()
        running = RunningServer(auth.app, port)
        pipe.send((port, {"app": app.id} | machine))
        pipe.recv()
        running.stop()


def _machine(auth: AuthHarness) -> dict[str, str]:
    """A service that may read and write memories of its own."""
    everything = NamespaceSet(everything=True)
    with auth.database() as session:
        entered = enter_service_client(session, ServiceDraft("Bench", MemoryAccess(everything, everything)))
        return {"machine": entered.client.client_id, "secret": str(entered.secret)}


@contextmanager
def _oidc_provider() -> Iterator[Theirs]:
    port = free_port()
    script = ROOT / ".tools/bench/oidc_provider.mjs"
    process = subprocess.Popen([NODE, script, str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()
    yield Theirs(port)
    process.terminate()
    process.wait(10)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
