"""What guides of earlier systems tell people to type, typed against real processes with keys from variables."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.installation import Installation
from tests.loopback import LOOPBACK

pytestmark = pytest.mark.skipif(shutil.which("bash") is None or shutil.which("curl") is None, reason="types in bash")

SINGLE = "your-secure-api-key"
TOKEN = "your-token"
KAGURA = "kagura_abc123xyz789-and-some-more"
KEYS = {"app1": "key1", "app2": "key2", "app3": "key3"}
STATUS = r'-s -w "\n%{http_code}"'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Both servers as the guides configure them, at ports of their own."""
    variables = {
        "MCP_API_KEY": SINGLE,
        "MCP_API_KEYS": ",".join(f"{name}:{key}" for name, key in KEYS.items()),
        "KAGURA_API_KEY": KAGURA,
        "AUTH_TOKENS": f"{TOKEN},ci:another-token",
        "RATE_LIMIT_REQUESTS": "100",
        "RATE_LIMIT_WINDOW": "3600",
    }
    prepared = Installation(tmp_path_factory.mktemp("guides"), **variables)
    del prepared.environment["OSTIARY_RESOURCE_RATE_LIMIT_REQUESTS"]
    with prepared as running:
        yield running


def typed(place: Installation, script: str) -> list[str]:
    """The lines that a script prints, wherever the guide thinks that the server is."""
    for guessed in ("http://localhost:3000", "http://127.0.0.1:8000", "http://localhost:8000"):
        script = script.replace(guessed, place.origin)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.splitlines()


def answered(place: Installation, line: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON of one line of curl."""
    *body, status = typed(place, line.replace("curl ", f"curl {STATUS} ", 1))
    return int(status), json.loads("\n".join(body))


INITIALIZE = """
curl -X POST http://localhost:3000/mcp \\
  -H "{header}" \\
  -H "Content-Type: application/json" \\
  -d '{{"jsonrpc":"2.0","method":"initialize","params":{{}},"id":1}}'
"""


@pytest.mark.parametrize(
    "header",
    [f"X-API-Key: {SINGLE}", f"Authorization: Bearer {SINGLE}", *(f"X-API-Key: {key}" for key in KEYS.values())],
)
def test_initialize_without_parameters(place: Installation, header: str) -> None:
    """M9, M10, M11, M12, M49: both headers, one key and several."""
    status, answer = answered(place, INITIALIZE.format(header=header))
    assert status == 200
    assert answer["result"]["serverInfo"]


def test_a_static_token_of_a_list(place: Installation) -> None:
    """C6, C7."""
    for token in (TOKEN, "another-token"):
        assert answered(place, INITIALIZE.format(header=f"Authorization: Bearer {token}"))[0] == 200


def test_an_invalid_key_is_unauthorized(place: Installation) -> None:
    """M15, C8."""
    assert answered(place, INITIALIZE.format(header="X-API-Key: invalid-key"))[0] == 401


def test_a_token_in_the_address_is_refused_on_purpose(place: Installation) -> None:
    """C6: 401 with an explanation."""
    status, answer = answered(
        place,
        f"""curl -X POST "http://localhost:3000/mcp?token={TOKEN}" -d '{{"jsonrpc":"2.0","method":"ping","id":1}}'""",
    )
    assert status == 401
    assert "URL" in answer["error"]["message"]


def test_tools_are_listed_with_a_key_as_bearer(place: Installation) -> None:
    """K8, K20, K47: no initialize, no session, no Accept of its own."""
    status, answer = answered(
        place,
        f"""curl -H "Authorization: Bearer {KAGURA}" \\
     -H "Content-Type: application/json" \\
     -d '{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{}}}}' \\
     http://localhost:8000/mcp""",
    )
    assert status == 200
    names = {tool["name"] for tool in answer["result"]["tools"]}
    assert {"memory_store", "memory_recall", "memory_search"} <= names
    assert not names & {"file_read", "file_write", "dir_list", "shell_exec"}


def test_tools_are_listed_without_params(place: Installation) -> None:
    """M39, K47."""
    line = f"""curl -X POST http://localhost:3000/mcp -H "X-API-Key: {SINGLE}" \\
     -H "Content-Type: application/json" \\
     -d '{{"jsonrpc":"2.0","method":"tools/list","id":1}}'"""
    assert answered(place, line)[1]["result"]["tools"]


def test_without_a_key_nothing_is_listed(place: Installation) -> None:
    """C8: some guides' lines carry no credential; here everybody needs one."""
    line = """curl -X POST http://localhost:8000/mcp -H "Content-Type: application/json" \\
  -d '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}'"""
    assert answered(place, line)[0] == 401


def test_initialize_of_the_oldest_revision(place: Installation) -> None:
    """K7."""
    status, answer = answered(
        place,
        f"""curl -X POST http://localhost:8000/mcp -H "Authorization: Bearer {KAGURA}" \\
  -H "Content-Type: application/json" \\
  -d '{{
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {{
      "protocolVersion": "2024-11-05",
      "capabilities": {{}},
      "clientInfo": {{"name": "test-client", "version": "1.0.0"}}
    }}
  }}'""",
    )
    assert (status, answer["result"]["protocolVersion"]) == (200, "2024-11-05")


def test_a_header_that_names_another_person_is_refused(place: Installation) -> None:
    """K27: the key alone says whose memory it is."""
    line = f"""curl -H "X-User-ID: user_alice" -H "Authorization: Bearer {KAGURA}" \\
     -H "Content-Type: application/json" \\
     -d '{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{}}}}' http://localhost:8000/mcp"""
    assert answered(place, line)[0] == 403


@pytest.mark.parametrize("path", ["", "/health", "/.well-known/oauth-protected-resource"])
def test_what_is_public_needs_no_key(place: Installation, path: str) -> None:
    """K6, M22, M23, C4, E9, E10, G21."""
    assert answered(place, f"curl http://127.0.0.1:8000{path} -H 'Accept: application/json'")[0] == 200


def test_the_hundred_and_first_request_is_refused(place: Installation) -> None:
    """M16, M17, M50: RATE_LIMIT_REQUESTS=100; a GET without a session is refused each time, and counts."""
    seen = typed(
        place,
        """for i in {1..101}; do
  curl -s -o /dev/null -w '%{http_code}\\n' -H "X-API-Key: key3" http://localhost:3000/mcp
done""",
    )
    refused = seen.index("429")
    assert seen == ["405"] * refused + ["429"] * (101 - refused)
    assert refused in (99, 100)  # the key may have said initialize before
    assert answered(place, INITIALIZE.format(header="X-API-Key: key2"))[0] == 200


@dataclass(frozen=True)
class NotesClient:
    """The client that guides give: a base address, a key, and an HTTP request for each call."""

    base_url: str
    api_key: str = field(repr=False)

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """One tools/call, as its answer comes."""
        async with httpx2.AsyncClient(**LOOPBACK) as client:
            response = await client.post(
                f"{self.base_url}/mcp",
                headers={"X-API-Key": self.api_key, "Content-Type": "application/json"},
                json={
                    "jsonrpc": "2.0",
                    "method": "tools/call",
                    "params": {"name": tool, "arguments": arguments},
                    "id": 1,
                },
            )
        answer: dict[str, Any] = response.json()["result"]["structuredContent"]
        return answer


def test_the_client_class_stores_and_searches_and_each_key_has_memory_of_its_own(place: Installation) -> None:
    """M29, M32, M38: what one program keeps the others do not see."""
    first, second = NotesClient(place.origin, KEYS["app1"]), NotesClient(place.origin, KEYS["app2"])
    for client, text in ((first, "Hello from the first"), (second, "Hello from the second")):
        anyio.run(lambda client=client, text=text: client.call("memory_store", text=text))
    for client, text in ((first, "Hello from the first"), (second, "Hello from the second")):
        found = anyio.run(lambda client=client: client.call("memory_search", query="hello"))
        assert [hit["text"] for hit in found["results"]] == [text]


def test_each_identity_has_a_file_of_its_own(place: Installation) -> None:
    """M30."""
    vaults = {path.name for path in (place.data_dir / "vaults").glob("usr_*.db")}
    before = len(vaults)
    anyio.run(lambda: NotesClient(place.origin, SINGLE).call("memory_store", text="mine"))
    assert len(list((place.data_dir / "vaults").glob("usr_*.db"))) == before + 1


def test_an_app_that_is_configured_by_address_and_headers(place: Installation) -> None:
    """M37, C10: an MCP client reads its JSON and sends the header with everything, in a session too."""
    configured = json.loads(
        json.dumps({"type": "streamable-http", "url": place.mcp_url, "headers": {"X-API-Key": "another-token"}})
    )

    async def tools(mode: str) -> set[str]:
        async with (
            httpx2.AsyncClient(headers=configured["headers"], **LOOPBACK) as http,
            Client(streamable_http_client(configured["url"], http_client=http), mode=mode) as client,
        ):
            return {tool.name for tool in (await client.list_tools()).tools}

    for mode in ("auto", "legacy"):
        assert "memory_store" in anyio.run(tools, mode)


def test_no_log_shows_a_key(place: Installation) -> None:
    """AS-64: short keys are named by their place, and no line holds one."""
    answered(place, INITIALIZE.format(header="X-API-Key: a-wrong-key-that-somebody-typed"))
    said = "".join(place.log_file(name).read_text() for name in ("auth", "mcp"))
    assert "entry 1 of MCP_API_KEYS" in said
    typed_keys = [SINGLE, TOKEN, KAGURA, "another-token", "a-wrong-key-that-somebody-typed", *KEYS.values()]
    assert [key for key in typed_keys if key in said] == []


def test_the_page_about_keys_is_true(place: Installation) -> None:
    """Its lines of curl and its Python are run as they stand."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "api-keys.md").read_text()
    [curls] = [block for block in page.split("```") if block.startswith("\ncurl")]
    [listed, called] = typed(place, "KEY=another-token\n" + curls.replace("curl ", "curl -s -w '\\n' "))
    assert json.loads(listed)["result"]["tools"]
    assert not json.loads(called)["result"].get("isError")
    [program] = [block for block in page.split("```") if block.startswith("python\nimport httpx\n")]
    program = program.removeprefix("python\n").replace("import httpx\n", "import httpx2 as httpx\n")
    program = program.replace("http://localhost:8000", place.origin).replace("KEY", repr("another-token"), 1)
    names: dict[str, Any] = {}
    exec(compile(program, "api-keys.md", "exec"), names)
    with closing(names["server"]):
        recalled = names["call"]("memory_recall", key="tea")
    assert recalled["structuredContent"]["memories"][0]["text"] == "Tea without sugar."
