"""The routes of all acts on one kind of thing: the page that asks, the form that does."""

from typing import Generic

from fastapi import APIRouter, Request, Response

from auth_server.administrators import AdminUser
from auth_server.routes.admin.acts import Act, Acts, Doing, Thing
from auth_server.routes.admin.returning import back_to, names_it
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.web.browser import SignedInBrowser
from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm
from auth_server.web.signed_in_pages import admin_page
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step, note_refusal


def act_router(acts: Acts[Thing]) -> APIRouter:
    """`GET` and `POST …/{handle}/{word}` for every act; words and handles that are not there are a page of 404."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{acts.here}/{{handle}}/{{word}}")
    def ask(handle: str, word: str, services: PageServicesDep, browser: AdminUser) -> Response:
        """What will be lost, before it is."""
        act = _wanted(acts, word)
        if not act.is_grave:
            raise nothing_there(acts)
        return _Asking(services, browser, acts, handle, word).page()

    @router.post(f"{acts.here}/{{handle}}/{{word}}")
    def do(
        handle: str, word: str, request: Request, services: PageServicesDep, browser: AdminUser, form: SessionForm
    ) -> Response:
        """Does it, and goes back to a page that says so; a secret is shown on the answer itself."""
        _wanted(acts, word)
        return _Asking(services, browser, acts, handle, word).answer(request, form)

    return router


def nothing_there(acts: Acts[Thing]) -> PageProblem:
    """404: it was deleted meanwhile, or never was."""
    return PageProblem(
        "There is nothing of that name",
        f"No {acts.kind} has this address. Perhaps it is gone already.",
        "The list shows what there is now.",
        step=Step.ACCOUNT,
        reason=Reason.WRONG_PATH,
        status=404,
        link=acts.here,
        link_label="The list",
    )


def _wanted(acts: Acts[Thing], word: str) -> Act[Thing]:
    act = acts.by_word.get(word)
    if act is None:
        raise nothing_there(acts)
    return act


def _found(acts: Acts[Thing], thing: Thing | None) -> Thing:
    if thing is None:
        raise nothing_there(acts)
    return thing


class _Asking(Generic[Thing]):
    """One act on one thing: its page, and what its form leads to."""

    def __init__(
        self, services: PageServices, browser: SignedInBrowser, acts: Acts[Thing], handle: str, word: str
    ) -> None:
        self._services, self._browser = services, browser
        self._acts, self._handle, self._word = acts, handle, word
        self._act = acts.by_word[word]
        self._name = ""

    def answer(self, request: Request, form: Form) -> Response:
        """The form was sent: it is done, or the page says what it lacks."""
        name = self.name()  # now, for afterwards it may be gone
        if self._act.types_name and not names_it(form, name):
            return self.page(named_problem="That is not its name. Type it as it stands here.", status=400)
        try:
            if self._act.is_grave:
                require_confirmation(request, self._services, self._browser, form)
            secret = self._do(form)
        except NotConfirmedError as refusal:
            note_refusal(Step.ACCOUNT, refusal.reason)
            return refusal.come_back(self.page(password_problem=str(refusal), status=refusal.status))
        except self._acts.refusals as refusal:
            return self.page(problem=str(refusal), status=409)
        if secret is not None:
            return self.shown_once(secret)
        place = self._acts.here if self._act.leaves else f"{self._acts.here}/{self._handle}"
        return back_to(self._services, place, done=self._word)

    def _do(self, form: Form) -> str | None:
        """In one transaction. Raises PageProblem 404."""
        with unit_of_work(self._services.engine) as session:
            thing = _found(self._acts, self._acts.find(session, self._handle))
            return self._act.does(Doing(self._services, session, thing, self._browser.user.id, form))

    def name(self) -> str:
        """What the thing is called. Raises PageProblem 404."""
        if not self._name:
            with unit_of_work(self._services.engine, read_only=True) as session:
                self._name = self._acts.called(_found(self._acts, self._acts.find(session, self._handle)))
        return self._name

    def page(
        self, *, problem: str = "", named_problem: str = "", password_problem: str = "", status: int = 200
    ) -> Response:
        """With what was wrong with the last try."""
        act = self._act
        return admin_page(
            self._services,
            self._browser,
            "admin/act.html",
            self._acts.here,
            status,
            act=act,
            question=(act.question or f"{act.label}?").format(name=self.name()),
            loses=[sentence.format(name=self.name()) for sentence in act.loses],
            name=self.name(),
            action=f"{self._acts.here}/{self._handle}/{self._word}",
            back=f"{self._acts.here}/{self._handle}",
            confirmation=confirmation(self._services, self._browser, password_problem),
            problem=problem,
            named_problem=named_problem,
        )

    def shown_once(self, secret: str) -> Response:
        """What nobody sees again."""
        act = self._act
        return admin_page(
            self._services,
            self._browser,
            "admin/shown_once.html",
            self._acts.here,
            title=act.done.format(name=self.name()),
            secrets=[(act.secret_label, secret)],
            back=self._acts.here if act.leaves else f"{self._acts.here}/{self._handle}",
            back_label="Back to the list" if act.leaves else f"Back to {self.name()}",
        )
