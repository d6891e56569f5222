"""What can be done to one thing of a list: an act a button, and a page of its own for what is grave.

A grave act says before what will be lost, and is done only for whoever proves to be there (AS-115): another program on
this computer may hold the cookie.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from sqlmodel import Session

from auth_server.web.page_services import PageServices
from shared.forms import Form

Thing = TypeVar("Thing")
OnThing = TypeVar("OnThing", contravariant=True)


class Change(Protocol[OnThing]):
    """What the administration knows to do to a thing, whoever asks for it."""

    def __call__(self, session: Session, thing: OnThing, /, *, by: str | None) -> object:
        """`by` is the administrator."""


@dataclass(frozen=True)
class Doing(Generic[Thing]):
    """One act that was asked for: on what, by whom, with which form."""

    services: PageServices
    session: Session
    thing: Thing
    by: str
    form: Form


def simply(change: Change[Thing]) -> Callable[[Doing[Thing]], None]:
    """An act that is this change and nothing else."""

    def does(doing: Doing[Thing]) -> None:
        change(doing.session, doing.thing, by=doing.by)

    return does


@dataclass(frozen=True)
class Act(Generic[Thing]):
    """`does` gives a secret that is shown this once, or nothing. `{name}` in the sentences is the thing's.

    With a `question` the act is grave and has a page, which says `loses`; `types_name` asks for the name there.
    """

    label: str
    does: Callable[[Doing[Thing]], str | None]
    done: str
    question: str = ""
    loses: tuple[str, ...] = ()
    types_name: bool = False
    is_danger: bool = False
    field: str = ""
    """A template of one more field on its page."""
    leaves: bool = False
    """Whether the thing is gone afterwards."""
    secret_label: str = "Secret"

    @property
    def is_grave(self) -> bool:
        """Whether it has a page of its own."""
        return bool(self.question)


@dataclass(frozen=True)
class Acts(Generic[Thing]):
    """Everything that can be done to things of one kind; `refusals` are sentences for people, raised by what `does`."""

    here: str
    find: Callable[[Session, str], Thing | None]
    called: Callable[[Thing], str]
    kind: str
    by_word: dict[str, Act[Thing]]
    refusals: tuple[type[ValueError], ...] = field(default=(ValueError,))
