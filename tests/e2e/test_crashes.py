"""kill -9 of either server, again and again, in the middle of writes, token exchanges and first starts."""

import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.doors import wait_until
from tests.e2e.killing import ROUNDS, KillableInstallation, Progress, busy, kill_again_and_again
from tests.e2e.token_clients import TokenClient
from tests.e2e.writers import Writer, memories_of
from tests.installation import START_SECONDS
from tests.loopback import LOOPBACK

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(120 + 4 * ROUNDS)]

CLIENTS = 3
FIRST_STARTS = max(5, ROUNDS // 10)

Report = Callable[[str, object], None]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[KillableInstallation]:
    """Both servers, ready to be killed."""
    with KillableInstallation(tmp_path) as running:
        yield running


def test_a_killed_mcp_server_loses_no_acknowledged_write(place: KillableInstallation, record_property: Report) -> None:
    progress = Progress()
    writers = [Writer(place, progress) for _ in range(CLIENTS)]
    with busy([writer.run for writer in writers]):
        kill_again_and_again(place, "mcp", progress)
    place.wait_until_ready()
    with httpx2.Client(timeout=30, **LOOPBACK) as http:
        for vault in (vault for writer in writers for vault in writer.vaults):
            kept = memories_of(http, vault.connection)
            assert len(kept) == len(set(kept)), "a memory came to be twice"
            assert set(vault.acknowledged) <= set(kept), "an acknowledged write is lost"
            assert set(kept) <= set(vault.acknowledged) | vault.unanswered, "a memory nobody wrote"
    assert_hit_requests_in_flight(place, [writer.torn for writer in writers], record_property)


def test_a_killed_authorization_server_spends_no_code_twice_and_forks_no_family(
    place: KillableInstallation, record_property: Report
) -> None:
    """AS-45, AS-53: with every answer that is lost on the way, asking again gives what the first would have given."""
    progress = Progress()
    clients = [TokenClient(place, progress) for _ in range(CLIENTS)]
    with busy([client.run for client in clients]):
        kill_again_and_again(place, "auth", progress)
    assert all(client.is_refused(token) for client in clients for token in client.revoked)
    assert_one_family_a_grant(place.data_dir / "auth.db")
    record_property("codes redeemed", sum(client.redeemed_codes for client in clients))
    record_property("codes spent unseen", sum(client.lost_codes for client in clients))
    assert_hit_requests_in_flight(place, [client.torn for client in clients], record_property)


def test_a_first_start_that_is_killed_can_be_repeated(
    place: KillableInstallation, tmp_path: Path, record_property: Report
) -> None:
    """Half a data folder, half a key, half a migration: the next start makes the rest, or begins anew."""
    place.kill("auth")
    place.kill("mcp")
    for number in range(FIRST_STARTS):
        folder = tmp_path / f"fresh-{number}"
        for name in ("auth", "mcp"):
            place.start(name, folder)
        # Later each time: from the first file that is made to the last.
        wait_until(lambda folder=folder, files=number: len(list(folder.glob("*"))) >= files % 9, START_SECONDS)
        place.kill("mcp")
        place.kill("auth")
        for name in ("auth", "mcp"):
            place.start(name, folder)
        place.wait_until_ready()
        place.kill("mcp")
        place.kill("auth")
    record_property("kills", place.kills)


def assert_one_family_a_grant(database: Path) -> None:
    """What no door shows: a redeemed code has one first refresh token, and no generation is there twice."""
    connection = sqlite3.connect(database)
    forked = "SELECT grant_id FROM refresh_tokens GROUP BY grant_id, generation HAVING count(*) > 1"
    families = """SELECT code.used_at IS NOT NULL, count(token.digest) FROM authorization_codes code
        LEFT JOIN refresh_tokens token ON token.grant_id = code.grant_id AND token.generation = 1
        GROUP BY code.digest"""
    assert connection.execute(forked).fetchall() == []
    assert {tuple(row) for row in connection.execute(families)} <= {(1, 1), (0, 0)}
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def assert_hit_requests_in_flight(
    place: KillableInstallation, torn: Iterable[list[int]], record_property: Report
) -> None:
    """Kills between two requests would prove nothing."""
    hits = [number for one in torn for number in one]
    record_property("kills", place.kills)
    record_property("kills that met a request in flight", len(set(hits)))
    record_property("requests lost", len(hits))
    sys.stdout.write(f"{place.kills} kills, {len(set(hits))} of them met a request in flight, {len(hits)} were lost\n")
    assert len(set(hits)) >= place.kills // 4
