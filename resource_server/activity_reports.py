"""Tells the authorization server now and then how often this server was called and refused; never about whom."""

import anyio

from resource_server.authorization.auth_client import AuthClient
from resource_server.authorization.errors import UnavailableError
from shared.activity import Activity

SECONDS = 15
"""Between two reports."""

LAST_SECONDS = 1


class ActivityReports:
    """Sends what `activity` counted; what does not arrive is sent again with the next report."""

    def __init__(self, client: AuthClient, activity: Activity) -> None:
        self._client = client
        self._activity = activity

    async def run(self) -> None:
        """Reports until the process ends, and once more then, if that is quick."""
        try:
            while True:
                await anyio.sleep(SECONDS)
                await self.report()
        finally:
            with anyio.move_on_after(LAST_SECONDS, shield=True):
                await self.report()

    async def report(self) -> None:
        """One report, if there is anything to tell."""
        counts = self._activity.take()
        if not counts:
            return
        try:
            await self._client.tell_activity(counts)
        except UnavailableError:
            self._activity.put_back(counts)
