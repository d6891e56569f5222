"""Fixtures of commands, which administer too."""

from tests.cli.conftest import beside

__all__ = ["beside"]
