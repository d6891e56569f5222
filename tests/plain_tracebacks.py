"""Tracebacks as Python prints them: with every local of a hundred frames, in colour, one takes seconds.

Tests run servers without the set-up of logging that commands do, and so with structlog's own for a developer's screen.
"""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> Iterator[None]:
    before = structlog.get_config()
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before["processors"][:-1], plain])
    yield
    structlog.configure(**before)
