"""The way to be signed in: to the authorization server, back with a code, and on to the page (AS-93)."""

from dataclasses import dataclass, field

import anyio
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from resource_server.settings import Settings
from resource_server.web.cookies import PageCookies
from resource_server.web.own_client import OwnClient, SignInFailedError
from resource_server.web.people import People
from resource_server.web.problems import PageProblem
from resource_server.web.sign_in_limits import SignInLimits
from resource_server.web.sign_ins import LIFETIME, ComingBack, SignIns, StaleSignInError
from shared.secrets import new_secret

log = structlog.get_logger(__name__)
STALE = (
    "You could not be signed in",
    "The answer belongs to another browser, is too old, or was used before.",
    "Open your servers anew.",
)
DENIED = ("You are not signed in here", "You chose not to go on to your servers.", "Open them whenever you like.")
FAILED = ("You could not be signed in", "The answer of the server that signs people in does not fit.", "Try again.")


@dataclass(frozen=True)
class Entering:
    """Both ends of the way."""

    settings: Settings
    cookies: PageCookies
    sign_ins: SignIns
    client: OwnClient
    people: People = field(repr=False)
    limits: SignInLimits = field(default_factory=SignInLimits)

    def begin(self, request: Request, then: str, *, again: bool = False) -> Response:
        """To the authorization server; the cookie that binds the answer is the browser's own, for all its tabs."""
        browser = request.cookies.get(self.cookies.sign_in) or new_secret("wb")
        asked = self.sign_ins.begin(browser, then, again=again)
        response = RedirectResponse(self.client.question(asked, again=again), 303, {"Cache-Control": "no-store"})
        self.cookies.put(response, self.cookies.sign_in, browser, LIFETIME)
        return response

    async def come_back(self, request: Request) -> Response:
        """A session under a new cookie, and on to the page. Raises PageProblem and UnavailableError."""
        self.limits.count(request.client.host if request.client else "")
        coming = await self._coming_back(request)
        if _one(request, "error"):
            raise PageProblem(*(DENIED if _one(request, "error") == "access_denied" else FAILED), 403, "denied")
        try:
            signed_in = await self.client.redeem(_one(request, "code"), coming.asked)
        except SignInFailedError as cause:
            log.warning("sign_in_failed", cause=str(cause))
            raise PageProblem(*FAILED, 400, "sign_in_failed") from cause
        await self._end_earlier(request)
        proof = new_secret("wp") if coming.was_again and not self.cookies.is_secure else ""
        secret = await anyio.to_thread.run_sync(self.people.sessions.open, signed_in, proof)
        response = RedirectResponse(_with_proof(coming.then, proof), 303, {"Cache-Control": "no-store"})
        self.cookies.put(response, self.cookies.session, secret, self.settings.pages_absolute)
        self.cookies.drop(response, self.cookies.sign_in)
        return response

    async def _coming_back(self, request: Request) -> ComingBack:
        """RFC 9207: the answer names our own authorization server. Raises PageProblem."""
        browser, state = request.cookies.get(self.cookies.sign_in, ""), _one(request, "state")
        try:
            if _one(request, "iss") != self.settings.issuer:
                raise StaleSignInError
            return await anyio.to_thread.run_sync(self.sign_ins.come_back, browser, state)
        except StaleSignInError as cause:
            raise PageProblem(*STALE, 400, "sign_in_stale") from cause

    async def _end_earlier(self, request: Request) -> None:
        """Who signs in again leaves no second session and grant behind."""
        secret = request.cookies.get(self.cookies.session, "")
        earlier = await anyio.to_thread.run_sync(self.people.sessions.find, secret)
        if earlier is not None:
            await self.people.sign_out(earlier)


def _one(request: Request, name: str) -> str:
    """A parameter that came once."""
    values = request.query_params.getlist(name)
    return values[0] if len(values) == 1 else ""


def _with_proof(path: str, proof: str) -> str:
    if not proof:
        return path
    return f"{path}{'&' if '?' in path else '?'}proof={proof}"
