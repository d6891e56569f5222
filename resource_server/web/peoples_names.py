"""Who is behind an id, for the pages of administrators alone: the authorization server knows, this one never stores."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import anyio

from resource_server.authorization.auth_client import AuthClient
from resource_server.authorization.errors import UnavailableError
from resource_server.recent import Recent
from resource_server.web.visits import Visit
from shared.peoples_names import MOST

MOST_REMEMBERED = 1_000
REMEMBERED_SECONDS = 60.0
PATIENCE_SECONDS = 1.0
"""A page waits so long for names, and then shows ids."""


@dataclass(frozen=True)
class ShownPerson:
    """Somebody on a page: by email, a service account by its name; by the id where nobody said who it is."""

    id: str
    name: str = ""
    email: str = ""

    @property
    def label(self) -> str:
        """What to call them."""
        return self.email or self.name or self.id


class PeoplesNames:
    """Asks for those it does not remember."""

    def __init__(self, client: AuthClient) -> None:
        self._client = client
        self._remembered: Recent[str, tuple[float, ShownPerson]] = Recent(MOST_REMEMBERED)

    async def of(self, visit: Visit, ids: Iterable[str]) -> dict[str, ShownPerson]:
        """Each of the ids, the first MOST of them with names where they are known.

        Raises PageProblem 403 unless an administrator looks.
        """
        visit.ensure_manages()
        found = {user_id: self._remember(user_id) for user_id in ids}
        wanted = [user_id for user_id, known in list(found.items())[:MOST] if known is None]
        found |= await self._ask(wanted) if wanted else {}
        return {user_id: known or ShownPerson(user_id) for user_id, known in found.items()}

    def _remember(self, user_id: str) -> ShownPerson | None:
        entry = self._remembered.get(user_id)
        return entry[1] if entry is not None and time.monotonic() - entry[0] < REMEMBERED_SECONDS else None

    async def _ask(self, ids: list[str]) -> dict[str, ShownPerson]:
        """All of them, or none where there is no answer."""
        try:
            with anyio.fail_after(PATIENCE_SECONDS):
                told = await self._client.people(ids)
        except (TimeoutError, UnavailableError):
            return {}
        people = {user_id: ShownPerson(user_id, *told.get(user_id, ())) for user_id in ids}
        for user_id, person in people.items():
            self._remembered.put(user_id, (time.monotonic(), person))
        return people
