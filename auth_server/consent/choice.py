"""Consent: what may be offered, what is ticked before the person chooses, and how their choice narrows the request."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from auth_server.consent.meant import meant_access
from auth_server.consent.offered_servers import NO_SERVERS, OfferedServers
from auth_server.consent.server_choice import FIELD, read_boxes
from auth_server.models import Grant
from auth_server.oauth.authorization_request import AuthorizationRequest
from shared.authorization_details import (
    ALL,
    DEFAULT_NAMESPACE,
    Details,
    MemoryAccess,
    NamespaceSet,
    is_namespace,
    memory_access,
    memory_details,
    requested_access,
)
from shared.forms import Form
from shared.scopes import MEMORY_SCOPES, OPENID_SCOPES, RESOURCE_SCOPES, Scope
from shared.server_access import ALL as EVERY_NAME
from shared.server_access import EVERY_SERVER, NO_SERVER, ServerAccess, whole
from shared.tool_sets import EVERY, STANDARD, ToolSet, ToolSets

HOUR, DAY = 60 * 60, 24 * 60 * 60
LIFETIMES = {HOUR: "1 hour", DAY: "1 day", 30 * DAY: "30 days", 180 * DAY: "6 months"}
MAX_NAMESPACES = 200
NEVER_TICKED = frozenset({Scope.ADMIN})
"""What a person ticks themselves or does not give."""
EVERYTHING = MemoryAccess(NamespaceSet(everything=True), NamespaceSet(everything=True), EVERY, EVERY_SERVER)


class UnusableChoiceError(Exception):
    """The choice cannot become a grant; the text is a sentence for the person, `field` names what to mend."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


class NothingChosenError(UnusableChoiceError):
    """The choice allows nothing."""


@dataclass(frozen=True)
class Choice:
    """What is ticked on the form: at first by us, then by the person."""

    scopes: frozenset[Scope]
    access: MemoryAccess
    lifetime: int
    new_namespace: str = ""


@dataclass(frozen=True)
class Approval:
    """What a grant is made of."""

    scopes: tuple[Scope, ...]
    details: Details
    lifetime: int


def offered_lifetimes(longest: int) -> dict[int, str]:
    """Seconds and words of every lifetime a person may choose, at most `longest` seconds."""
    fitting = {seconds: words for seconds, words in LIFETIMES.items() if seconds <= longest}
    return fitting or {longest: f"{max(1, longest // 60)} minutes"}


def ceiling(request: AuthorizationRequest) -> MemoryAccess:
    """The most that can be granted: the request's own details, or everything if it names none.

    Scopes that name servers narrow it to those, and a resource that is one server to that one.
    """
    most = EVERYTHING if request.details is None else requested_access(request.details)
    for names in (request.servers, {request.server} - {""}):
        if names:
            most = replace(most, servers=most.servers.intersection(whole(*names)))
    return most


def requested_servers(request: AuthorizationRequest) -> ServerAccess:
    """What the request says by its details, or by its resource alone, within its scope: that begins as ticked."""
    if request.server and request.details is None:
        return ceiling(request).servers
    return memory_access(request.details or ()).servers.intersection(ceiling(request).servers)


def prefilled(
    request: AuthorizationRequest, held: Iterable[Grant], longest: int, offered: OfferedServers = NO_SERVERS
) -> Choice:
    """All that was asked for, in the namespaces this app uses already; a new app starts with `personal` alone.

    Its tools are those it has already; a new app's are the standard ones, or those it asked for. Of other servers it
    has what it had, and what its request names.
    """
    used = [meant_access(grant, offered) for grant in held]
    most = ceiling(request)
    had = reduce(ServerAccess.union, (each.servers for each in used), NO_SERVER).intersection(most.servers)
    servers = _servers_at_first(request, had)
    return Choice(
        scopes=_scopes_at_first(request, is_new=not used, names_tools=bool(servers)),
        access=MemoryAccess(
            read=_starting_point([access.read for access in used], most.read),
            write=_starting_point([access.write for access in used], most.write),
            tools=_tools_at_first(used, most),
            servers=servers,
        ),
        lifetime=max(offered_lifetimes(longest)),
    )


def read_choice(form: Form) -> Choice:
    """The choice as the form has it, nothing narrowed yet; values that no page of ours offers are dropped."""
    lifetime = form.one("lifetime")
    return Choice(
        scopes=frozenset(scope for scope in Scope if scope.value in form.all("scope")),
        access=MemoryAccess(
            read=_named(form.all("read")),
            write=_named(form.all("write")),
            tools=_tool_sets(form.all("tools")),
            servers=read_boxes(form.all(FIELD)),
        ),
        lifetime=int(lifetime) if lifetime.isascii() and lifetime.isdecimal() and len(lifetime) < 10 else -1,
        new_namespace=form.one("new_namespace"),
    )


def approve(request: AuthorizationRequest, choice: Choice, longest: int) -> Approval:
    """The choice within the request (AS-26). Raises UnusableChoiceError, also when nothing would be left."""
    if choice.lifetime not in offered_lifetimes(longest):
        raise UnusableChoiceError("Choose for how long.", "lifetime")
    scopes, details = allowed(choice, request.scopes, ceiling(request))
    return Approval(scopes, details, choice.lifetime)


def allowed(choice: Choice, offered: Iterable[Scope], most: MemoryAccess) -> tuple[tuple[Scope, ...], Details]:
    """What the choice allows of what was offered. Raises UnusableChoiceError, also when nothing would be left."""
    within = set(offered)
    scopes = _meaningful(choice.scopes & within)
    access = _with_new_namespace(choice).intersection(most).within(scopes)
    if within & set(RESOURCE_SCOPES) and not access.opens_something():
        raise NothingChosenError(_nothing_chosen(within), "scope")
    if max(len(access.read.names), len(access.write.names)) > MAX_NAMESPACES:
        raise UnusableChoiceError("Choose at most 200 parts of your memory, or everything.", "scope")
    if not scopes - {Scope.OFFLINE_ACCESS}:
        raise UnusableChoiceError("Tick what you allow, or cancel.", "scope")
    useful = {Scope.MEMORY_READ: access.read, Scope.MEMORY_WRITE: access.write, Scope.GATEWAY_CALL: access.servers}
    kept = tuple(scope for scope in Scope if scope in scopes and useful.get(scope, True))
    return kept, memory_details(access)


def _nothing_chosen(offered: set[Scope]) -> str:
    if is_about_memories(offered):
        return "Choose at least one permission and where it holds, or cancel."
    return "Choose at least one tool, or cancel."


def is_about_memories(scopes: Iterable[Scope]) -> bool:
    """Whether any of them opens some; others say who somebody is, or administer."""
    return bool(set(scopes) & set(MEMORY_SCOPES))


def _meaningful(scopes: frozenset[Scope]) -> frozenset[Scope]:
    """Name and e-mail address are told to who may know that it is the person (OpenID Connect Core §5.4)."""
    return scopes if Scope.OPENID in scopes else scopes - set(OPENID_SCOPES)


def _with_new_namespace(choice: Choice) -> MemoryAccess:
    """The namespace typed in joins every permission that is ticked; it comes to exist by the first write."""
    name = "-".join(choice.new_namespace.lower().split())
    if not name:
        return choice.access
    if not is_namespace(name):
        reason = "Its name has lower-case letters, digits and hyphens, at most 64, such as work or book-club."
        raise UnusableChoiceError(reason, "new_namespace")
    return replace(choice.access, read=_joined(choice.access.read, name), write=_joined(choice.access.write, name))


def _joined(namespaces: NamespaceSet, name: str) -> NamespaceSet:
    return NamespaceSet(namespaces.names | {name}, namespaces.everything)


def _named(values: Iterable[str]) -> NamespaceSet:
    return NamespaceSet.of(*(value for value in values if value == ALL or is_namespace(value)))


def _tool_sets(values: Sequence[str]) -> ToolSets:
    """A form that offers tools names at least those for single memories; one that does not leaves the standard."""
    return frozenset(one for one in ToolSet if one.value in values) | {ToolSet.MEMORY} if values else STANDARD


def _tools_at_first(used: list[MemoryAccess], most: MemoryAccess) -> ToolSets:
    had = frozenset().union(*(each.tools for each in used)) if used else STANDARD
    return (had & most.tools if used or most.tools == EVERY else most.tools) | {ToolSet.MEMORY}


def _scopes_at_first(request: AuthorizationRequest, *, is_new: bool, names_tools: bool) -> frozenset[Scope]:
    """Who asks anew, or for nothing else, means servers; an app that asks for all there is may not even know of any."""
    means_servers = names_tools or not is_new or not is_about_memories(request.scopes)
    return frozenset(request.scopes) - NEVER_TICKED - (frozenset() if means_servers else {Scope.GATEWAY_CALL})


def _servers_at_first(request: AuthorizationRequest, had: ServerAccess) -> ServerAccess:
    """What the app has, and what it asks for by the names of servers; nobody gives every server unasked.

    Who asks for one server by its address says nothing of its tools: what it has of them stays as it is.
    """
    if request.server and request.details is None and had:
        return had
    return had.union(requested_servers(request).apart_from((EVERY_NAME,)))


def _starting_point(used: list[NamespaceSet], most: NamespaceSet) -> NamespaceSet:
    names = NamespaceSet(frozenset().union(*(each.names for each in used)), any(each.everything for each in used))
    if names:
        return names.intersection(most)
    return NamespaceSet.of(DEFAULT_NAMESPACE) if most.everything else most
