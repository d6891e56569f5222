"""G8: what servers list is kept in Redis while it holds, for all processes."""

from redis import Redis

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.fixture_server import fixture_app
from tests.gateway.rest.plain_apps import PlainApp, plain_app
from tests.redis_server import RedisServer
from tests.replicas import replica
from tests.servers import RunningServer, free_port


def doors_with(doors: Doors, redis: RedisServer) -> Doors:
    """The doors, with this Redis."""
    doors.stop_resource()
    doors.resource_settings |= {"redis_url": redis.url}
    doors.start_resource()
    return doors


def test_a_list_that_one_process_was_told_is_known_to_the_others(own_doors: Doors, redis_server: RedisServer) -> None:
    """G8: sealed, and with an expiry."""
    doors, port = doors_with(own_doors, redis_server), free_port()
    upstream = RunningServer(fixture_app(), port)
    behind = Behind(doors)
    server = behind.http("fix", f"http://127.0.0.1:{port}/mcp")
    app = plain_app(doors)
    wait_until(lambda: "fix__add" in app.tools())
    upstream.stop()
    with replica(doors) as url:
        assert "fix__add" in PlainApp(url.removesuffix("/mcp"), app.secret).tools()
    with Redis.from_url(redis_server.url.get_secret_value()) as redis:
        key = f"mcp_tools:{server.id}"
        assert 0 < redis.ttl(key) <= 3600  # type: ignore[operator]
        [sealed] = redis.hvals(key)  # type: ignore[misc]
        assert b"Adds two numbers" not in sealed
        redis.hset(key, redis.hkeys(key)[0], b"not what was sealed")  # type: ignore[index]
    with replica(doors) as url:
        assert PlainApp(url.removesuffix("/mcp"), app.secret).tools() == []
    behind.close()


def test_lists_are_read_while_redis_is_away(own_doors: Doors, redis_server: RedisServer, upstream_url: str) -> None:
    """G9."""
    doors = doors_with(own_doors, redis_server)
    redis_server.kill()
    behind = Behind(doors)
    behind.http("fix", upstream_url)
    app = plain_app(doors)
    wait_until(lambda: "fix__add" in app.tools())
    assert app.execute("add", one=1, two=1).status_code == 200
    behind.close()
