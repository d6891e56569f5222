"""Tests of one group share a worker: without that, each worker would start servers of its own."""

import os

import pytest


@pytest.mark.xdist_group("together")
def test_a_group_reaches_the_scheduler(request: pytest.FixtureRequest) -> None:
    """pytest-xdist marks it in the id; a release of pytest that breaks this makes the suite twice as slow."""
    is_alone = "PYTEST_XDIST_WORKER" not in os.environ
    assert is_alone or request.node.nodeid.endswith("@together")
