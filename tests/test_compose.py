"""compose.yaml, the Dockerfile and the proxies' files, held to what the programs really do.

No container engine is at hand, so the very commands and settings they name run as processes of their own, with
container names and paths replaced by ports and folders of this machine.
"""

import os
import re
import signal
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from auth_server.app import create_app as create_auth_app
from auth_server.settings import Settings as AuthSettings
from cli.setting_names import all_variables
from resource_server.app import create_app as create_resource_app
from resource_server.settings import Settings as ResourceSettings
from tests.cli.running import ROOT, eventually, ostiary
from tests.forking.forked import Forked
from tests.gateway.rest.queues import Queue
from tests.redis_server import RedisServer
from tests.served_paths import paths_of
from tests.servers import free_port

HOST = "memory.example.org"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text()
SINGLE_PORT = {path.name: path.read_text() for path in sorted((ROOT / "deploy").glob("*single-port*"))}
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
SERVERS = ("auth", "mcp")
OURS = (*SERVERS, "worker")
UPSTREAMS = {"auth:9000": "auth", "mcp:8000": "mcp"}

pytestmark = pytest.mark.xdist_group("compose")


def filled_in(value: str) -> str:
    """`${NAME:?message}` and `${NAME:-usual}` as Compose fills them in."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", re.sub(r"\$\{OSTIARY_HOST[^}]*\}", HOST, value))


def environment_of(name: str) -> dict[str, str]:
    """A service's environment, filled in; a name without a value passes on what the shell has, which is nothing."""
    given = COMPOSE["services"][name]["environment"]
    return {key: filled_in(value) for key, value in given.items() if value is not None}


class Machine:
    """Processes here in place of the two containers."""

    def __init__(self, folder: Path) -> None:
        self.ports = {name: free_port() for name in SERVERS}
        self.key = folder / "master.key"
        self.key.write_text("A" * 43)
        self.data = folder / "data"

    def environment(self, name: str) -> dict[str, str]:
        """The service's settings, with our ports for names and our folder for the volume."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("OSTIARY_")}
        settings = {key: self._here(value) for key, value in environment_of(name).items()}
        variable = {"auth": "OSTIARY_AUTH", "mcp": "OSTIARY_RESOURCE"}.get(name)
        listens = {f"{variable}_PORT": str(self.ports[name]), f"{variable}_HOST": "127.0.0.1"} if variable else {}
        return inherited | settings | listens

    def run(self, name: str, arguments: list[str], **changes: str) -> Forked:
        """The image's entry point, which is `ostiary`, with these arguments."""
        assert yaml.safe_load(re.search(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.M)[1]) == ["ostiary"]  # type: ignore[index]
        return Forked(arguments, self.environment(name) | changes)

    def _here(self, value: str) -> str:
        replaced = value.replace("/run/secrets/ostiary_master_key", str(self.key))
        replaced = re.sub(r"^/data$", str(self.data), replaced).replace("172.28.87.0/24", "127.0.0.1")
        for name, port in (("auth", 9000), ("mcp", 8000)):
            replaced = replaced.replace(f"{name}:{port}", f"127.0.0.1:{self.ports[name]}")
        return replaced


@contextmanager
def started(machine: Machine) -> Iterator[None]:
    """Both services, the second once the first is healthy, as depends_on says."""
    running = []
    try:
        for name in SERVERS:
            running.append(machine.run(name, COMPOSE["services"][name]["command"]))
            assert eventually(lambda name=name: health_check(machine, name) == 0), name
        yield
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def health_check(machine: Machine, name: str) -> int:
    """The exit code of the service's own health check."""
    kind, entry, *arguments = COMPOSE["services"][name]["healthcheck"]["test"]
    assert (kind, entry) == ("CMD", "ostiary")
    return machine.run(name, arguments).wait(60)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Both services running."""
    here = Machine(tmp_path_factory.mktemp("compose"))
    with started(here):
        yield here


def through_proxy(machine: Machine, path: str, method: str = "GET", **sent: Any) -> httpx2.Response:
    """A request as the proxy passes it on: to the server its table names, with the public name and scheme."""
    headers = {"Host": HOST, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    url = f"http://127.0.0.1:{machine.ports[caddy_target(path)]}{path}"
    return httpx2.request(method, url, headers=headers | sent.pop("headers", {}), timeout=30, **sent)


def caddy_target(path: str) -> str:
    """Which upstream the Caddyfile names for a path; `nobody` for 404."""
    for name, patterns in re.findall(r"@(\w+) path (.+)", CADDYFILE):
        for pattern in patterns.split():
            if path == pattern or (pattern.endswith("*") and path.startswith(pattern[:-1])):
                [upstream] = re.findall(rf"handle @{name} {{\s*reverse_proxy (\S+)", CADDYFILE)
                return UPSTREAMS[upstream]
    return "nobody"


def nginx_target(path: str) -> str:
    """Which upstream nginx.conf names for a path."""
    for pattern, upstream in re.findall(r"location ~ (\S+) \{\s*proxy_pass http://ostiary_(\w+);", NGINX):
        if re.match(pattern, path):
            return str(upstream)
    return "nobody"


def test_a_client_finds_everything_through_the_one_origin(machine: Machine) -> None:
    refused = through_proxy(machine, "/mcp", "POST", json={})
    assert refused.status_code == 401
    [metadata_url] = re.findall(r'resource_metadata="([^"]+)"', refused.headers["WWW-Authenticate"])
    assert metadata_url.startswith(f"https://{HOST}/")
    resource = through_proxy(machine, httpx2.URL(metadata_url).path).json()
    assert resource["resource"] == f"https://{HOST}/mcp"
    assert resource["authorization_servers"] == [f"https://{HOST}"]
    server = through_proxy(machine, "/.well-known/oauth-authorization-server").json()
    assert server["issuer"] == f"https://{HOST}"
    endpoints = [value for name, value in server.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(endpoints) > 4
    assert {caddy_target(httpx2.URL(endpoint).path) for endpoint in endpoints} == {"auth"}


def test_tls_in_front_makes_cookies_and_transport_strict(machine: Machine) -> None:
    """AS-31, AS-84: the public scheme counts, not the one between proxy and server."""
    page = through_proxy(machine, "/login")
    assert page.status_code == 200
    assert "__Host-" in page.headers["Set-Cookie"]
    assert "Secure" in page.headers["Set-Cookie"]
    assert "max-age" in page.headers["Strict-Transport-Security"]


def test_the_servers_reach_each_other_by_their_inside_names(machine: Machine) -> None:
    """The MCP server hears of revocations: its feed is fresh, though the public name leads nowhere here."""
    url = f"http://127.0.0.1:{machine.ports['mcp']}/health"
    assert eventually(lambda: httpx2.get(url, headers={"Host": HOST}).json().get("revocations") == "fresh")


def test_a_worker_answers_what_lies_in_redis(machine: Machine, redis_server: RedisServer) -> None:
    """G8: a token that nobody issued is asked about, and refused."""
    worker, queue = COMPOSE["services"]["worker"], Queue(redis_server)
    assert environment_of("worker")["OSTIARY_REDIS_URL"] == "redis://redis:6379/0"
    assert worker["profiles"] == COMPOSE["services"]["redis"]["profiles"]
    at = redis_server.url.get_secret_value()
    running = machine.run("worker", worker["command"], OSTIARY_REDIS_URL=at)
    queue.put("1", "ost_nonsense", method="tools")
    assert queue.answer_to("1")[1]["error"] == "invalid_token"
    running.send_signal(signal.SIGTERM)
    running.wait(60)


def test_a_foreign_host_is_refused(machine: Machine) -> None:
    """AS-97."""
    for name in SERVERS:
        url = f"http://127.0.0.1:{machine.ports[name]}/.well-known/oauth-authorization-server"
        assert httpx2.get(url, headers={"Host": "evil.example"}).status_code == 421


def test_a_server_that_is_down_fails_its_health_check(tmp_path: Path) -> None:
    assert health_check(Machine(tmp_path), "auth") == 1


@pytest.fixture(scope="module")
def real_paths(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """The paths of both applications under compose's settings."""
    data = tmp_path_factory.mktemp("routes")
    public = {"issuer": f"https://{HOST}", "mcp_url": f"https://{HOST}/mcp", "data_dir": data, "master_key": "A" * 43}
    auth = create_auth_app(AuthSettings(**public))
    resource = create_resource_app(ResourceSettings(**public, embedder="none"))
    return {"auth": paths_of(auth.routes), "mcp": paths_of(resource.routes)}


@pytest.mark.parametrize("target", [caddy_target, nginx_target], ids=["caddy", "nginx"])
def test_every_path_leads_to_the_server_that_answers_it(real_paths: Mapping[str, set[str]], target: Any) -> None:
    inside = {path for paths in real_paths.values() for path in paths if path.startswith("/internal/")}
    assert {"/token", "/authorize", "/account/apps"} <= real_paths["auth"]
    expected = dict.fromkeys(real_paths["mcp"], "mcp") | dict.fromkeys(real_paths["auth"], "auth")
    expected |= {"/": "mcp", "/health": "mcp"} | dict.fromkeys(inside, "nobody")
    assert {path: target(path) for path in expected} == expected


def test_the_two_servers_share_no_path_but_the_front_page_and_health(real_paths: Mapping[str, set[str]]) -> None:
    assert real_paths["auth"] & real_paths["mcp"] == {"/", "/health"}


@pytest.mark.parametrize("name", SINGLE_PORT)
def test_a_proxy_before_the_single_port_passes_everything_on_as_it_is(name: str) -> None:
    """One target, where `ostiary up` listens by default, without a path that would rewrite the request's own."""
    text = re.sub(r"#.*", "", SINGLE_PORT[name])
    assert re.findall(r"(?:reverse_proxy|proxy_pass) (?:http://)?([^\s;]+)", text) == ["127.0.0.1:8000"]
    assert "flush_interval -1" in text or "proxy_buffering off" in text
    assert "Host localhost" not in text, "the servers look at the name people use"


def test_a_single_port_file_exists_for_both_proxies() -> None:
    assert list(SINGLE_PORT) == ["Caddyfile.single-port", "nginx.single-port.conf"]


@pytest.mark.parametrize("text", [NGINX, SINGLE_PORT["nginx.single-port.conf"]], ids=["two ports", "one port"])
def test_nginx_logs_no_query(text: str) -> None:
    """AS-64: nginx would write down the links of messages, which make accounts and set passwords."""
    [form] = re.findall(r"^log_format ostiary '(.+)';$", text, re.M)
    assert not re.search(r"\$(request\b(?!_method)|request_uri|args|query_string|http_)", form)
    assert text.count("server {") == len(re.findall(r"^    access_log \S+ ostiary;$", text, re.M))


def test_settings_in_the_file_are_settings_that_exist() -> None:
    for name in OURS:
        assert set(COMPOSE["services"][name]["environment"]) <= all_variables()


def test_both_servers_are_the_same_unprivileged_image_and_share_the_volume() -> None:
    auth, mcp, worker = (COMPOSE["services"][name] for name in OURS)
    for shared in ("image", "build", "volumes", "secrets", "networks", "restart"):
        assert auth[shared] == mcp[shared] == worker[shared]
    assert auth["cap_drop"] == ["ALL"]
    assert "data" in COMPOSE["volumes"]
    assert re.search(r"^USER 10001$", DOCKERFILE, re.M)


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]


def test_the_image_copies_every_package_and_checks_its_health() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "examples", "bench", "docs"}
    for package in packages:
        assert re.search(rf"^COPY {package} {package}$", DOCKERFILE, re.M), package
    assert DOCKERFILE.count("\nFROM ") == 2
    assert "\nHEALTHCHECK " in DOCKERFILE


def test_the_image_alone_makes_no_key_that_would_die_with_its_container(tmp_path: Path) -> None:
    """`docker run` without the key file says what is missing."""
    given = dict(re.findall(r"(OSTIARY_\w+)=(\S+)", "".join(re.findall(r"^ENV (?:.*\\\n)*.*$", DOCKERFILE, re.M))))
    assert given["OSTIARY_MASTER_KEY_FILE"] == environment_of("auth")["OSTIARY_MASTER_KEY_FILE"]
    [command] = re.findall(r"^CMD (.*)$", DOCKERFILE, re.M)
    public = {"OSTIARY_ISSUER": f"https://{HOST}", "OSTIARY_MCP_URL": f"https://{HOST}/mcp"}
    here = {"OSTIARY_DATA_DIR": str(tmp_path / "data"), "OSTIARY_AUTH_PORT": "0", "OSTIARY_RESOURCE_PORT": "0"}
    ended = ostiary(tmp_path, *yaml.safe_load(command), settings=given | public | here)
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert "OSTIARY_MASTER_KEY_FILE" in line


def test_ci_and_scripts_may_be_started() -> None:
    for script in (".ci/run", "cli/bootstrap.sh", "tests/install_tools.sh"):
        assert (ROOT / script).stat().st_mode & stat.S_IXUSR, script
