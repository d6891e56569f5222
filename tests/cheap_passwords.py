"""Passwords that cost little: argon2 is slow on purpose, and most tests sign in without being about that.

Parameters of the library alone change. What is about the cost of a guess takes the fixture `true_password_cost`;
servers in processes of their own have it anyway.
"""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, Type

from auth_server import passwords

CHEAP = PasswordHasher(
    time_cost=1, memory_cost=64, parallelism=1, hash_len=32, salt_len=16, encoding="utf-8", type=Type.ID
)
TRUE = passwords._HASHER


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", CHEAP)
        yield


@pytest.fixture
def true_password_cost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The parameters people's passwords are stored with."""
    monkeypatch.setattr(passwords, "_HASHER", TRUE)
    passwords._hash_of_nobody.cache_clear()
    yield
    passwords._hash_of_nobody.cache_clear()
