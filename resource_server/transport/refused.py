"""A request that is not let through: what it is answered, and what the log says."""

from starlette.responses import Response

from resource_server.context.caller import Caller
from shared.refusals import Reason


class RefusedError(Exception):
    """A check failed; `response` says why, and the log `reason`."""

    def __init__(self, reason: Reason, response: Response, caller: Caller | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.response = response
        self.client_id = caller.client_id if caller else None
