"""What an administrator can do to an API key."""

from auth_server.administration.keys import may_hold, replace_key
from auth_server.keys.api_keys import LONGEST_OVERLAP, UnusableKeyError, delete_key, revoke_key
from auth_server.models import ApiKey, User
from auth_server.routes.admin.acts import Act, Acts, Doing, simply
from auth_server.routes.admin.overlap import overlap_in

HERE = "/admin/keys"


def rotate(doing: Doing[ApiKey]) -> str:
    """Another key of the same reach."""
    overlap = overlap_in(doing.form)
    if overlap is None:
        sentence = f"Say in whole hours how long the old key works, at most {LONGEST_OVERLAP.days} days."
        raise UnusableKeyError("overlap", sentence)
    return replace_key(doing.session, doing.thing, overlap=overlap, by=doing.by).secret


def offered(key: ApiKey, owner: User) -> list[str]:
    """The acts that make sense now, the grave ones last."""
    is_live = key.is_live()
    possible = {
        "rotate": is_live and key.replaced_by is None and may_hold(owner, key.scopes),
        "revoke": is_live,
        "delete": True,
    }
    return [word for word, is_possible in possible.items() if is_possible]


KEY_ACTS: Acts[ApiKey] = Acts(
    here=HERE,
    find=lambda session, key_id: session.get(ApiKey, key_id),
    called=lambda key: key.name,
    kind="key",
    refusals=(UnusableKeyError,),
    by_word={
        "rotate": Act(
            "Replace",
            rotate,
            "{name} has another secret",
            "Replace the key {name}?",
            ("You see the new key once; it may do the same. The old one works for as long as you say here.",),
            field="admin/overlap.html",
        ),
        "revoke": Act(
            "Revoke",
            simply(revoke_key),
            "{name} is revoked. Within five seconds it opens nothing.",
            "Revoke the key {name}?",
            ("Whatever uses it is refused within five seconds. It cannot be brought back.",),
            is_danger=True,
        ),
        "delete": Act(
            "Delete",
            simply(delete_key),
            "The key is deleted.",
            "Delete the key {name}?",
            ("It ends within five seconds and is forgotten; what the audit log says of it stays.",),
            is_danger=True,
            leaves=True,
        ),
    },
)
