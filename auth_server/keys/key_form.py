"""What a person chooses for an API key of their own, and the key that becomes of it (decision M32)."""

from dataclasses import dataclass
from datetime import timedelta

from auth_server.consent.choice import EVERYTHING, Choice, NothingChosenError, allowed, read_choice
from auth_server.keys.api_keys import KeyDraft, UnusableKeyError
from auth_server.models import User
from shared.authorization_details import DEFAULT_NAMESPACE, Details, MemoryAccess, NamespaceSet
from shared.forms import Form
from shared.scopes import RESOURCE_SCOPES, Scope

NEVER = "never"
EXPIRIES = {"30": "30 days", "90": "90 days", "365": "1 year", NEVER: "No end"}
USUAL_EXPIRY = "90"
OVERLAPS = {"0": "At once", "1": "In 1 day", "7": "In 7 days"}


@dataclass(frozen=True)
class KeyForm:
    """What stands in the form: at first by us, then by the person."""

    name: str
    choice: Choice
    expiry: str


def fresh_key_form() -> KeyForm:
    """Reading in `personal`, for 90 days; whoever needs more ticks more."""
    personal = NamespaceSet.of(DEFAULT_NAMESPACE)
    return KeyForm("", Choice(frozenset({Scope.MEMORY_READ}), MemoryAccess(personal, personal), 0), USUAL_EXPIRY)


def read_key_form(form: Form) -> KeyForm:
    """As it was sent."""
    return KeyForm(form.one("name"), read_choice(form), form.one("expiry"))


def offered_scopes(owner: User) -> tuple[Scope, ...]:
    """What a person's own key may be given: their memories, and administration if they may administer."""
    return (*RESOURCE_SCOPES, Scope.ADMIN) if owner.is_admin else RESOURCE_SCOPES


def draft_of(chosen: KeyForm, owner: User) -> KeyDraft:
    """The key that was chosen. Raises UnusableKeyError and UnusableChoiceError."""
    if chosen.expiry not in EXPIRIES:
        raise UnusableKeyError("expiry", "Choose until when it works.")
    scopes, details = _reach(chosen.choice, offered_scopes(owner))
    lifetime = None if chosen.expiry == NEVER else timedelta(days=int(chosen.expiry))
    return KeyDraft(chosen.name, scopes, details, lifetime)


def read_overlap(form: Form) -> timedelta:
    """How much longer a key that is replaced works. Raises UnusableKeyError."""
    if form.one("overlap") not in OVERLAPS:
        raise UnusableKeyError("overlap", "Choose when the old key ends.")
    return timedelta(days=int(form.one("overlap")))


def _reach(choice: Choice, offered: tuple[Scope, ...]) -> tuple[tuple[Scope, ...], Details]:
    """A key that only administers opens no memories."""
    try:
        return allowed(choice, offered, EVERYTHING)
    except NothingChosenError:
        if Scope.ADMIN in choice.scopes & set(offered):
            return (Scope.ADMIN,), ()
        raise
