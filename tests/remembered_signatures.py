"""Signatures that are read once a process: each row that is made would read those of its defaults anew.

SQLModel asks pydantic for the default of every column, and pydantic asks `inspect` whether it wants to see the others.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from pydantic._internal import _fields


@pytest.fixture(scope="session", autouse=True)
def _remembered_signatures() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fields, "takes_validated_data_argument", cache(_fields.takes_validated_data_argument))
        yield
