"""The consent page: everything it shows, in the words of a person, for one authorization request."""

from collections.abc import Iterable
from dataclasses import dataclass

from auth_server.client_identity import (
    RedirectKind,
    display_name,
    initials,
    kinship,
    redirect_target,
    standing,
)
from auth_server.consent.catalog import Choosable
from auth_server.consent.choice import (
    LIFETIMES,
    Choice,
    ceiling,
    is_about_memories,
    offered_lifetimes,
    requested_servers,
)
from auth_server.consent.offered_servers import OfferedServers
from auth_server.consent.remembered import RememberedConsent
from auth_server.consent.server_choice import boxes
from auth_server.consent.server_rows import ServerGroup, server_rows, servers_missed
from auth_server.grant_sentences import AT_A_GLANCE, allowed_sentence
from auth_server.oauth.authorization_request import AuthorizationRequest
from shared.authorization_details import MemoryAccess, NamespaceSet, in_natural_order
from shared.scopes import OPENID_SCOPES, SENTENCES, Scope
from shared.tool_sets import SENTENCES as TOOL_SENTENCES
from shared.tool_sets import ToolSet, in_order

SHOWN_AT_ONCE = 12
"""Namespaces in sight; further ones that are not ticked wait behind a line that says how many they are."""

GROUPS = ((Scope.MEMORY_READ, "Read", "read"), (Scope.MEMORY_WRITE, "Write", "write"))


@dataclass(frozen=True)
class NamespaceChip:
    """One namespace a person may tick."""

    name: str
    label: str
    is_ticked: bool


@dataclass(frozen=True)
class Permission:
    """One permission with its sentence, its control and the namespaces it may hold in; `field` is the form's name."""

    scope: Scope
    heading: str
    sentence: str
    field: str
    is_ticked: bool
    chips: tuple[NamespaceChip, ...]
    more_chips: tuple[NamespaceChip, ...]
    offers_everything: bool
    takes_everything: bool


@dataclass(frozen=True)
class Tick:
    """One permission that holds nowhere in particular."""

    scope: Scope
    sentence: str
    is_ticked: bool


@dataclass(frozen=True)
class ToolTick:
    """One set of tools a person may give or keep back."""

    value: str
    sentence: str
    is_ticked: bool


@dataclass(frozen=True)
class Opened:
    """What the app reaches."""

    label: str
    words: str


def consent_context(
    request: AuthorizationRequest, choice: Choice, offered: Choosable, longest: int
) -> dict[str, object]:
    """What the template needs about the request; who looks and the tokens of the form come from the route."""
    return asking_app(request) | {
        "permissions": permissions(request.scopes, ceiling(request), choice, offered),
        "tools": tool_ticks(request.scopes, ceiling(request), choice),
        "servers": server_group(request, choice, offered.servers),
        "who_you_are": ticks(OPENID_SCOPES, request.scopes, choice),
        "administration": ticks((Scope.ADMIN,), request.scopes, choice),
        "stays_connected": Scope.OFFLINE_ACCESS in request.scopes,
        "takes_new_namespace": is_about_memories(request.scopes) and _may_grow(request),
        "new_namespace": choice.new_namespace,
        "lifetimes": offered_lifetimes(longest),
        "lifetime": choice.lifetime,
    }


def continue_context(request: AuthorizationRequest, remembered: RememberedConsent, review: str) -> dict[str, object]:
    """What the short page says: what the app may do already, since when, and the choice its form repeats."""
    choice = remembered.choice
    sentence = allowed_sentence(request.scopes, choice.access, AT_A_GLANCE)
    return asking_app(request) | {
        "since": remembered.since,
        "allowed": f"{display_name(request.client)} {sentence[0].lower()}{sentence[1:]}",
        "scopes": [scope for scope in Scope if scope in choice.scopes],
        "read": choice.access.read.listed(),
        "write": choice.access.write.listed(),
        "tools": in_order(choice.access.tools),
        "server_boxes": boxes(choice.access.servers),
        "lifetime": choice.lifetime,
        "lifetime_words": LIFETIMES.get(choice.lifetime, ""),
        "review": review,
    }


def asking_app(request: AuthorizationRequest) -> dict[str, object]:
    """Who asks, how they are known, and where they would send the person."""
    name = display_name(request.client)
    target = redirect_target(request.redirect_uri)
    return {
        "app": name,
        "app_initials": initials(name),
        "standing": standing(request.client),
        "target": target,
        "is_loopback": target.kind is RedirectKind.LOOPBACK,
        "is_private_scheme": target.kind is RedirectKind.PRIVATE_SCHEME,
        "opens": _opens(request),
        "kinship": kinship(request.client, target),
        "request": request,
    }


def _opens(request: AuthorizationRequest) -> Opened:
    """Where tokens are good, as one of the facts about the request."""
    if is_about_memories(request.scopes):
        return Opened("Memories at", request.resource)
    if request.server:
        return Opened("Opens", f"tools of your server {request.server}, and no memories")
    if Scope.GATEWAY_CALL in request.scopes:
        return Opened("Opens", "tools of your other servers, and no memories")
    if Scope.ADMIN in request.scopes:
        return Opened("Opens", "the administration of this Ostiary, and no memories")
    return Opened("Learns", "who you are, and nothing of your memories")


def _may_grow(request: AuthorizationRequest) -> bool:
    """Whether a namespace that does not exist yet may be added."""
    return ceiling(request).read.everything or ceiling(request).write.everything


def server_group(request: AuthorizationRequest, choice: Choice, offered: OfferedServers) -> ServerGroup | None:
    """Tools of other servers, if they are asked for; beside memories not where there are none to choose."""
    most, asked = ceiling(request).servers, requested_servers(request)
    if Scope.GATEWAY_CALL not in request.scopes or not (offered or not is_about_memories(request.scopes)):
        return None
    missed = servers_missed(offered, asked)
    rows = server_rows(offered, most, choice.access.servers.apart_from(missed))
    return ServerGroup(rows, Scope.GATEWAY_CALL in choice.scopes, missed, offered.are_known)


def ticks(scopes: tuple[Scope, ...], offered: Iterable[Scope], choice: Choice) -> tuple[Tick, ...]:
    """One for each of these scopes that is offered, as `choice` has it."""
    within = set(offered)
    return tuple(Tick(scope, SENTENCES[scope], scope in choice.scopes) for scope in scopes if scope in within)


def tool_ticks(offered: Iterable[Scope], most: MemoryAccess, choice: Choice) -> tuple[ToolTick, ...]:
    """One for each set that may be given beside the tools for single memories."""
    if not is_about_memories(offered):
        return ()
    sets = in_order(most.tools - {ToolSet.MEMORY})
    return tuple(ToolTick(one.value, TOOL_SENTENCES[one], one in choice.access.tools) for one in sets)


def permissions(
    offered: Iterable[Scope], most: MemoryAccess, choice: Choice, namespaces: Choosable
) -> list[Permission]:
    """One for each offered scope that namespaces narrow, ticked as `choice` has it, within `most`."""
    scopes = set(offered)
    sets = {"read": (most.read, choice.access.read), "write": (most.write, choice.access.write)}
    return [
        _permission(scope, heading, field, scope in choice.scopes, *sets[field], namespaces)
        for scope, heading, field in GROUPS
        if scope in scopes and sets[field][0]
    ]


def _permission(
    scope: Scope,
    heading: str,
    field: str,
    is_ticked: bool,
    most: NamespaceSet,
    ticked: NamespaceSet,
    namespaces: Choosable,
) -> Permission:
    offered = [name for name in namespaces.names if name in most]
    offered += in_natural_order((ticked.names | most.names) - set(offered))
    # A stable sort: ticked ones first, so that nothing ticked hides behind "more".
    offered.sort(key=lambda name: name not in ticked.names)
    in_sight = max(SHOWN_AT_ONCE, len(ticked.names))
    chips = tuple(NamespaceChip(name, namespaces.label_of(name), name in ticked.names) for name in offered)
    return Permission(
        scope=scope,
        heading=heading,
        sentence=SENTENCES[scope],
        field=field,
        is_ticked=is_ticked,
        chips=chips[:in_sight],
        more_chips=chips[in_sight:],
        offers_everything=most.everything,
        takes_everything=ticked.everything,
    )
