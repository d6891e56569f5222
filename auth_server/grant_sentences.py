"""What a grant allows, in the sentences a person reads on their pages."""

from collections.abc import Sequence

from auth_server.models import Grant
from shared.authorization_details import MemoryAccess, NamespaceSet, in_natural_order, memory_access
from shared.scopes import MEMORY_SCOPES, OPENID_SCOPES, Scope
from shared.server_access import ALL, ServerAccess, ServerDetail, server_details
from shared.tool_sets import STANDARD, in_order

AT_A_GLANCE = 4
"""Namespaces that an app's one sentence names; its approvals name them all."""
MANY = 200


def grant_sentence(grant: Grant, at_most: int = MANY) -> str:
    """Everything that one grant allows now."""
    return allowed_sentence(grant.scopes, memory_access(grant.details), at_most)


def allowed_sentence(scopes: tuple[Scope, ...], access: MemoryAccess, at_most: int = MANY) -> str:
    """Such as: May read memories in personal. Knows your name.

    Of memories nothing is said where the scopes are about something else alone.
    """
    is_about_memories = bool(set(scopes) & set(MEMORY_SCOPES))
    told = [access_sentence(access, at_most), *tools_sentences(access)] if is_about_memories else []
    told += [servers_sentence(access.servers, at_most)] if Scope.GATEWAY_CALL in scopes and access.servers else []
    told += [identity_sentence(scopes)] if set(scopes) & set(OPENID_SCOPES) else []
    told += ["May administer this Ostiary."] if Scope.ADMIN in scopes else []
    told += ["May change the servers that everybody here uses."] if Scope.GATEWAY_MANAGE in scopes else []
    return " ".join(told) or access_sentence(access, at_most)


def access_sentence(access: MemoryAccess, at_most: int = MANY) -> str:
    """Such as: May read memories in personal and work, and write memories in personal.

    Beyond `at_most` names the sentence counts instead of listing.
    """
    if access.read and access.read == access.write:
        return f"May read and write {_where(access.read, at_most)}."
    verbs = (("read", access.read), ("write", access.write))
    parts = [f"{verb} {_where(namespaces, at_most)}" for verb, namespaces in verbs if namespaces]
    return f"May {', and '.join(parts) or 'do nothing'}."


def tools_sentences(access: MemoryAccess) -> tuple[str, ...]:
    """Such as: Has the tools for history too. Nothing is said of the tools that every app has."""
    more = [one.value for one in in_order(access.tools - STANDARD)]
    fewer = [one.value for one in in_order(STANDARD - access.tools)]
    has = (f"Has the tools for {' and '.join(more)} too.",) if more else ()
    return (*has, f"Lacks the tools for {' and '.join(fewer)}.") if fewer else has


def servers_sentence(servers: ServerAccess, at_most: int = MANY) -> str:
    """Such as: May use 3 tools of github and all tools of files, later ones too."""
    told = [_of_server(detail) for detail in server_details(servers)]
    if len(told) > at_most + 1:
        told = [*told[:at_most], f"tools of {len(told) - at_most} more servers"]
    return f"May use {_listed(told)}."


def _of_server(detail: ServerDetail) -> str:
    whose = "every server" if detail.server == ALL else detail.server
    narrowed = " that change nothing" if detail.read_only else ""
    if ALL in detail.tools:
        return f"all tools of {whose}{narrowed}, later ones too"
    if len(detail.tools) == 1:
        return f"the tool {detail.tools[0]} of {whose}{', if it changes nothing' if detail.read_only else ''}"
    return f"{len(detail.tools)} tools of {whose}{narrowed}"


def added_sentence(added: MemoryAccess) -> str:
    """What an edit would allow beyond what holds now."""
    told = [access_sentence(added)] if added.read or added.write else []
    told += [f"May use the tools for {' and '.join(in_order(added.tools))}."] if added.tools else []
    told += [servers_sentence(added.servers)] if added.servers else []
    return " ".join(told)


def identity_sentence(scopes: tuple[Scope, ...]) -> str:
    """Such as: Knows your name and your e-mail address."""
    told = [words for scope, words in KNOWN if scope in scopes]
    return f"Knows {' and '.join(told) or 'that it is you who signs in'}."


KNOWN = ((Scope.PROFILE, "your name"), (Scope.EMAIL, "your e-mail address"))


def _where(namespaces: NamespaceSet, at_most: int) -> str:
    if namespaces.everything:
        return "all memories, now and later"
    names = in_natural_order(namespaces.names)
    if len(names) > at_most + 1:
        names = [*names[:at_most], f"{len(names) - at_most} more"]
    return f"memories in {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
