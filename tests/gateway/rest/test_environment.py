"""G7: the variables of MCP Gateway set what they set there; our own come first."""

import pytest

from resource_server.settings import Settings


def test_the_variables_of_the_earlier_gateway_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """G7, M42."""
    earlier = {"REDIS_HOST": "localhost", "REDIS_PORT": "6380", "GATEWAY_HOST": "127.0.0.1", "GATEWAY_PORT": "8123"}
    for name, value in (earlier | {"LOG_LEVEL": "debug", "OPENAI_API_KEY": "sk-test"}).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://localhost:6380/0"
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 8123, "DEBUG")
    assert settings.chat_key is not None


def test_our_own_variables_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OSTIARY_REDIS_URL": "redis://elsewhere/1", "REDIS_HOST": "localhost"}.items():
        monkeypatch.setenv(name, value)
    for name, value in {"OSTIARY_RESOURCE_PORT": "8001", "GATEWAY_PORT": "8123"}.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://elsewhere/1"
    assert settings.port == 8001


def test_without_any_of_them_there_is_no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """G9."""
    for name in ("OSTIARY_REDIS_URL", "REDIS_HOST", "REDIS_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert Settings().redis_url is None
