"""Routes of pages: who looks is known before a handler runs, and no form runs one that our page did not send (AS-91).

    routes = [visits.get("/servers", show_servers), visits.post("/servers/{name}/forget", forget)]

A handler gets a `Visit`; whoever is not signed in is sent to do so, and back.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import anyio
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from resource_server.authorization.errors import UnavailableError
from resource_server.pages import Pages
from resource_server.settings import Settings
from resource_server.transport.bodies import Bodies, BodyTooLargeError, SlowBodyError
from resource_server.web.cookies import PageCookies
from resource_server.web.entering import Entering
from resource_server.web.people import People, Person
from resource_server.web.problems import (
    PageProblem,
    SignInFirst,
    for_administrators,
    forged_form,
    new_reference,
    unavailable,
)
from resource_server.web.turns import Turns
from shared.csrf import comes_from_own_page
from shared.forms import MAX_BYTES, Form, parse_form
from shared.own_pages import REDIRECT_PATH, SIGNED_OUT_PATH

PROOF = "proof"
"""The parameter and the field with what a sign-in to confirm something left, on plain http."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Visit:
    """One request of somebody who is signed in; `form` is what they sent, empty for a page."""

    request: Request
    person: Person
    form: Form = field(default_factory=Form)

    def parameter(self, name: str) -> str:
        """Of the path."""
        return str(self.request.path_params.get(name, ""))

    def said(self, sentences: Mapping[str, str]) -> str:
        """Of what was done before, as the address says it in a word; empty for a word that is not ours."""
        return sentences.get(self.request.query_params.get("done", ""), "")

    def ensure_manages(self) -> None:
        """Raises PageProblem 403 unless the person keeps the servers of everybody."""
        if not self.person.manages:
            raise for_administrators()


Handler = Callable[[Visit], Awaitable[Response]]


class Visits:
    """Makes routes."""

    def __init__(
        self, settings: Settings, pages: Pages, cookies: PageCookies, people: People, entering: Entering
    ) -> None:
        self.settings = settings
        self.pages = pages
        self.people = people
        self.entering = entering
        self._cookies = cookies
        self._turns = Turns()
        self._bodies = Bodies(MAX_BYTES, settings.body_seconds)

    def get(self, path: str, handler: Handler) -> Route:
        """A page."""

        async def answer(request: Request) -> Response:
            person = await self._person(request)
            if person is None:
                raise SignInFirst(here(request))
            async with self._turns.of(person.user_id):
                return await handler(Visit(request, person))

        return Route(path, self.caught(answer), methods=["GET"])

    def post(self, path: str, handler: Handler) -> Route:
        """What a form of a page does; it answers with 303."""

        async def answer(request: Request) -> Response:
            person = await self._person(request)
            form = await self._form(request)
            if person is None or not comes_from_own_page(request.headers, self.settings.mcp_origin):
                raise forged_form()
            if not self.people.is_genuine(person, form.one("csrf_token")):
                raise forged_form()
            async with self._turns.of(person.user_id):
                return await handler(Visit(request, person, form))

        return Route(path, self.caught(answer), methods=["POST"])

    def way_back(self, path: str, handler: Handler, nobody: PageProblem) -> Route:
        """Where another server sends people back to; for who is not signed in here it is `nobody`."""

        async def answer(request: Request) -> Response:
            person = await self._person(request)
            if person is None:
                raise nobody
            async with self._turns.of(person.user_id):
                return await handler(Visit(request, person))

        return Route(path, self.caught(answer), methods=["GET"])

    def entrance(self) -> Route:
        """Where the authorization server sends people back to."""
        return Route(REDIRECT_PATH, self.caught(self.entering.come_back), methods=["GET"])

    def leave(self) -> Response:
        """For somebody whose session has ended: the cookie goes, and the page says what is left."""
        response = see_other(SIGNED_OUT_PATH)
        self._cookies.drop(response, self._cookies.session)
        return response

    def confirmed(self, visit: Visit) -> str:
        """For a page with a grave form: the proof its form carries, empty where none is needed.

        The person proved within five minutes who they are. On plain http, where other programs of this computer may
        hold the cookie, what that sign-in left is good for one form. Raises SignInFirst.
        """
        proof = visit.request.query_params.get(PROOF, "")
        is_mine = self._cookies.is_secure or self.people.has_proof(visit.person, proof)
        if not visit.person.has_just_signed_in() or not is_mine:
            raise SignInFirst(here(visit.request), again=True)
        return "" if self._cookies.is_secure else proof

    async def ensure_confirmed(self, visit: Visit, page: str) -> None:
        """For what such a form does: spends its proof. Raises SignInFirst, which leads to `page`."""
        person, proof = visit.person, visit.form.one(PROOF)
        is_good = person.has_just_signed_in()
        if is_good and not self._cookies.is_secure:
            is_good = await anyio.to_thread.run_sync(self.people.sessions.spend_proof, person.session, proof)
        if not is_good:
            raise SignInFirst(page, again=True)

    def caught(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """With a page for every problem."""

        async def caught(request: Request) -> Response:
            try:
                return await answer(request)
            except SignInFirst as first:
                return self.entering.begin(request, first.then, again=first.again)
            except PageProblem as problem:
                return self.problem_page(problem)
            except UnavailableError as cause:
                log.warning("page_unavailable", cause=str(cause))
                return self.problem_page(unavailable())

        return caught

    def problem_page(self, problem: PageProblem) -> Response:
        """The page, and a line in the log with its reference."""
        reference = new_reference()
        log.info("page_refused", reason=problem.reason, reference=reference, status=problem.status)
        return self.pages.render("servers/problem.html", problem.status, problem=problem, reference=reference)

    async def _person(self, request: Request) -> Person | None:
        return await self.people.behind(request.cookies.get(self._cookies.session, ""))

    async def _form(self, request: Request) -> Form:
        try:
            body = await self._bodies.read(request.scope, request.receive)
            return parse_form(body)
        except (BodyTooLargeError, ValueError) as cause:
            raise PageProblem("That was too much at once", "The form is too long.", "Send less.", 413) from cause
        except SlowBodyError as cause:
            raise PageProblem("That took too long", "The form did not arrive in time.", "Try again.", 408) from cause


def see_other(path: str) -> Response:
    """Where a form leads after it was done (RFC 9110 §15.4.4)."""
    return RedirectResponse(path, 303)


def here(request: Request) -> str:
    """The page's own path with its query, without a proof that was spent or will be."""
    query = [(name, value) for name, value in parse_qsl(request.url.query) if name != PROOF]
    return f"{request.url.path}?{urlencode(query)}" if query else request.url.path
