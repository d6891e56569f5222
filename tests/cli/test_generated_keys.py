"""A variable that is set and empty asks for a key: it is on the console of that start, and nowhere afterwards (M13)."""

import re
from pathlib import Path

import httpx2

from tests.cli.running import running_pair
from tests.loopback import LOOPBACK

KEY = re.compile(r"\bost_[0-9A-Za-z]{38}\b")
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def test_a_key_that_a_variable_asks_for_is_shown_once_and_works(tmp_path: Path) -> None:
    """M13, AS-64: the database and the next start do not know it any more."""
    with running_pair(tmp_path, MCP_API_KEY="") as pair:
        [secret] = KEY.findall(pair.said)
        answer = httpx2.post(pair.mcp_url, json=PING, headers={"X-API-Key": secret}, **LOOPBACK)
        assert answer.status_code == 200
    assert all(secret.encode() not in path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    with running_pair(tmp_path, MCP_API_KEY="") as pair:
        assert KEY.findall(pair.said) == []
        answer = httpx2.post(pair.mcp_url, json=PING, headers={"X-API-Key": secret}, **LOOPBACK)
        assert answer.status_code == 200
