"""What an administrator can say of an app, and do to it."""

from auth_server.client_handles import client_id_of
from auth_server.client_identity import display_name
from auth_server.clients import delete_client, find_client
from auth_server.models import Client, ClientOrigin
from auth_server.routes.admin.acts import Act, Acts, Doing, simply
from auth_server.routes.admin.overlap import overlap_in
from auth_server.trust.client_administration import distrust_client, trust_client
from auth_server.trust.client_secrets import LONGEST_OVERLAP, NoSecretError, RotatingError, rotate_secret
from auth_server.trust.client_verdicts import (
    NothingToApproveError,
    approve_client,
    block_client,
    disapprove_client,
    unblock_client,
)

HERE = "/admin/clients"


def rotate(doing: Doing[Client]) -> str:
    """Another secret."""
    overlap = overlap_in(doing.form)
    if overlap is None:
        raise NoSecretError(f"Say in whole hours how long the old secret works, at most {LONGEST_OVERLAP.days} days.")
    return rotate_secret(doing.session, doing.thing, overlap=overlap, by=doing.by)


def offered(client: Client) -> list[str]:
    """The acts that make sense now, the grave ones last; none for what is part of this Ostiary."""
    if client.origin == ClientOrigin.OWN_PAGES:
        return []
    registered = client.origin == ClientOrigin.REGISTERED
    possible = {
        "unblock": client.blocked_at is not None,
        "approve": registered and client.approved_at is None,
        "disapprove": client.approved_at is not None,
        "trust": not client.is_trusted and bool(client.redirect_uris),
        "distrust": client.is_trusted,
        "rotate-secret": client.secret_digest is not None,
        "block": client.blocked_at is None,
        "delete": True,
    }
    return [word for word, is_possible in possible.items() if is_possible]


CLIENT_ACTS: Acts[Client] = Acts(
    here=HERE,
    find=lambda session, handle: find_client(session, client_id_of(handle)),
    called=display_name,
    kind="app",
    refusals=(NothingToApproveError, NoSecretError, RotatingError),
    by_word={
        "unblock": Act(
            "Unblock", simply(unblock_client), "{name} is let in again; what people allowed it counts again."
        ),
        "disapprove": Act("Take the approval back", simply(disapprove_client), "{name} is not approved any more."),
        "distrust": Act(
            "Distrust", simply(distrust_client), "{name} is not trusted any more: people are asked on a page."
        ),
        "approve": Act(
            "Approve",
            simply(approve_client),
            "{name} is approved; people are not warned of it any more.",
            "Approve {name}?",
            (
                "People read “Approved by your administrator” instead of “unverified”. Look first at where the app "
                "sends people: its name is only what it says of itself.",
                "If the app changes its name or where it sends people, the approval ends.",
            ),
        ),
        "trust": Act(
            "Trust",
            simply(trust_client),
            "{name} is trusted: it may ask without a page.",
            "Let {name} ask without a page?",
            ("It may use prompt=none: a browser that needs no sign-in or consent is sent back to it silently.",),
        ),
        "rotate-secret": Act(
            "Make another secret",
            rotate,
            "{name} has another secret",
            "Make another secret for {name}?",
            ("You see the new secret once. The old one works for as long as you say here.",),
            field="admin/overlap.html",
        ),
        "block": Act(
            "Block",
            simply(block_client),
            "{name} is blocked. Within five seconds nothing of it works.",
            "Block {name}?",
            (
                "Within five seconds every call of it is refused, for everybody; who connects it reads why.",
                "What people allowed it is kept, and counts again when you unblock it.",
            ),
            is_danger=True,
        ),
        "delete": Act(
            "Delete",
            simply(delete_client),
            "The app is deleted, and whatever people allowed it is ended.",
            "Delete {name}?",
            (
                "Whatever people allowed it ends within five seconds, and cannot be brought back.",
                "One that registers itself, or has a document, may come back as a stranger. To keep it out, block it.",
            ),
            types_name=True,
            is_danger=True,
            leaves=True,
        ),
    },
)
