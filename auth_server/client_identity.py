"""How a page names an app: its name made harmless, how it is known, and the place it asks to send people to."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from auth_server.models import Client, ClientOrigin
from shared.urls import authority, is_loopback_host

MAX_NAME_LENGTH = 60
NAMELESS = "An app without a name"
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category, nothing to the eye: Hangul fillers and the empty Braille pattern."""


class RedirectKind(StrEnum):
    """Where an approval leads: a web site, a program on this computer, or whatever claims a scheme."""

    WEB = "web"
    LOOPBACK = "loopback"
    PRIVATE_SCHEME = "private scheme"
    DEVICE = "device"
    """Nowhere: a device asks for the answer itself (RFC 8628)."""


class Kinship(StrEnum):
    """The very host and port, a host below or above it on the same port, or any other."""

    SAME = "same"
    NEAR = "near"
    STRANGE = "strange"


@dataclass(frozen=True)
class RedirectTarget:
    """A redirect URI as people should see it: the host, or the scheme of a private-use URI (RFC 8252 §7.1)."""

    kind: RedirectKind
    shown: str


@dataclass(frozen=True)
class Standing:
    """How an app is known here. `host` is the one fact that was verified: who has it published the app's document.

    It is shown as it stands in the id: an international name stays in its `xn--` form and looks like no other.
    """

    words: str
    host: str = ""
    is_unverified: bool = False


def standing(client: Client) -> Standing:
    """How `client` came here, in words (AS-20)."""
    if client.origin == ClientOrigin.DOCUMENT:
        return Standing("Verified domain", host=authority(urlsplit(client.client_id)))
    if client.origin == ClientOrigin.ADMINISTRATOR:
        return Standing("Added by your administrator")
    if client.origin == ClientOrigin.OWN_PAGES:
        return Standing("Part of this Ostiary")
    if client.approved_at is not None:
        return Standing("Approved by your administrator")
    return Standing("Registered itself, unverified", is_unverified=True)


def kinship(client: Client, target: "RedirectTarget") -> Kinship:
    """How the place that an answer goes to is related to the host that vouches for the app, if one does.

    Without the list of public suffixes nobody can tell two hosts of one owner from two customers of one provider.
    """
    if client.origin != ClientOrigin.DOCUMENT or target.kind is not RedirectKind.WEB:
        return Kinship.SAME
    own, other = urlsplit(client.client_id), urlsplit(f"https://{target.shown}")
    if authority(own) == authority(other):
        return Kinship.SAME
    is_near = is_same_site(own.hostname or "", other.hostname or "") and (own.port or 443) == (other.port or 443)
    return Kinship.NEAR if is_near else Kinship.STRANGE


def is_same_site(own: str, other: str) -> bool:
    """Whether two hosts are the same or one lies below the other."""
    return own == other or own.endswith(f".{other}") or other.endswith(f".{own}")


def redirect_target(redirect_uri: str) -> RedirectTarget:
    """The target of an accepted redirect URI; an empty one is what a device has."""
    if not redirect_uri:
        return RedirectTarget(RedirectKind.DEVICE, "a device")
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https"):
        return RedirectTarget(RedirectKind.PRIVATE_SCHEME, f"{parts.scheme}:")
    kind = RedirectKind.LOOPBACK if is_loopback_host(parts.hostname) else RedirectKind.WEB
    return RedirectTarget(kind, authority(parts))


def redirect_place(redirect_uri: str) -> tuple[RedirectKind, str]:
    """Who gets what is sent there: a web host with its port, this computer whatever the port, or a scheme."""
    target = redirect_target(redirect_uri)
    return target.kind, "" if target.kind is RedirectKind.LOOPBACK else target.shown


def display_name(client: Client) -> str:
    """What the client calls itself, without characters that hide, reorder or break lines; else its one web host."""
    return plain(client.client_name) or _only_web_host(client) or NAMELESS


def plain(text: str) -> str:
    """`text` on one line, at most 60 characters, without control, format and other invisible characters."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(" " if char.isspace() else char for char in composed if _is_visible(char))
    words = " ".join(visible.split())
    if not any(unicodedata.category(char)[0] in "LNPS" for char in words):
        return ""
    return words if len(words) <= MAX_NAME_LENGTH else f"{words[: MAX_NAME_LENGTH - 1].rstrip()}…"


def initials(name: str) -> str:
    """One or two letters that stand for the app; `?` for a name that has none."""
    starts = [word[0] for word in name.split() if word[0].isalnum()]
    return "".join(starts[:2]).upper()[:2] or "?"


def _only_web_host(client: Client) -> str:
    """Empty when there are several: the app could pick the one that a person trusts."""
    targets = {redirect_target(uri) for uri in client.redirect_uris}
    only = targets.pop() if len(targets) == 1 else None
    return only.shown if only and only.kind is RedirectKind.WEB else ""


def _is_visible(char: str) -> bool:
    if char in BLANK:
        return False
    return char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
