"""Keys of an earlier system, in whatever form they have, so that its programs go on working (K14, M51)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from auth_server.keys.api_keys import PREFIX, KeyDraft, UnusableKeyError, create_key, find_key, is_well_formed
from auth_server.models import User
from shared.clock import now
from shared.credential_forms import Form, fits_a_header, form_of


class UnusableImportError(ValueError):
    """What was given holds no keys, or one that cannot be one; the text names the place and never repeats a key."""


@dataclass(frozen=True)
class GivenKey:
    """One key as it was given; `place` says where."""

    place: str
    name: str
    secret: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Imported:
    """How many keys work now, were here before, and had expired."""

    added: int = 0
    known: int = 0
    expired: int = 0


def read_keys(text: str) -> tuple[GivenKey, ...]:
    """Lines of `name:key`, or JSON: a list of objects with name and key, or an object of names and keys.

    Raises UnusableImportError.
    """
    given = tuple(_of_json(text) if text.lstrip()[:1] in ("[", "{") else _of_lines(text))
    if not given:
        raise UnusableImportError("there is no key in it: one name:key on each line, or JSON")
    for key in given:
        _check(key)
    return given


def import_keys(session: Session, owner: User, given: tuple[GivenKey, ...], reach: KeyDraft, *, by: str) -> Imported:
    """Each becomes a key of `owner` that reaches what `reach` says. Raises UnusableImportError; then none does."""
    done = Imported()
    for key in given:
        known = find_key(session, key.secret)
        if known is not None and known.user_id != owner.id:
            raise UnusableImportError(f"{key.place} is somebody else's key here")
        if known is not None:
            done = replace(done, known=done.known + 1)
        elif key.expires_at is not None and key.expires_at <= now():
            done = replace(done, expired=done.expired + 1)
        else:
            _add(session, owner, key, reach, by)
            done = replace(done, added=done.added + 1)
    return done


def _add(session: Session, owner: User, key: GivenKey, reach: KeyDraft, by: str) -> None:
    lifetime = key.expires_at - now() if key.expires_at is not None else reach.lifetime
    try:
        create_key(session, owner, replace(reach, name=key.name, lifetime=lifetime), by=by, secret=key.secret)
    except UnusableKeyError as wrong:
        raise UnusableImportError(f"{key.place}: {wrong}") from wrong


def _of_lines(text: str) -> Iterator[GivenKey]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, colon, secret = line.partition(":")
        if not colon:
            raise UnusableImportError(f"line {number} is not name:key")
        yield GivenKey(f"line {number}", name.strip(), secret.strip())


def _of_json(text: str) -> Iterator[GivenKey]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UnusableImportError("it begins like JSON and is none") from None
    if isinstance(document, dict):
        listed = document.get("keys", document.get("api_keys"))
        document = listed if listed is not None else [{"name": name, "key": key} for name, key in document.items()]
    if not isinstance(document, list):
        raise UnusableImportError("the JSON must be a list of objects with name and key")
    for number, entry in enumerate(document, 1):
        yield _of_entry(f"entry {number}", entry)


def _of_entry(place: str, entry: Any) -> GivenKey:
    members = entry if isinstance(entry, dict) else {}
    name, secret = members.get("name"), members.get("key", members.get("api_key"))
    if not isinstance(name, str) or not isinstance(secret, str):
        raise UnusableImportError(f"{place} has no name and key; the digest of a key is not enough")
    try:
        end = datetime.fromisoformat(members["expires_at"]) if members.get("expires_at") else None
    except (TypeError, ValueError):
        raise UnusableImportError(f"{place}: its expires_at is no date") from None
    return GivenKey(place, name, secret, end.replace(tzinfo=end.tzinfo or UTC) if end is not None else None)


def _check(key: GivenKey) -> None:
    if not fits_a_header(key.secret):
        raise UnusableImportError(f"{key.place} has no key, or one with blanks or characters that no header can carry")
    if form_of(key.secret) is not Form.KEY:
        raise UnusableImportError(f"{key.place} looks like a token of this server or a signed token, not like a key")
    if key.secret.startswith(f"{PREFIX}_") and not is_well_formed(key.secret):
        raise UnusableImportError(f"{key.place} begins with {PREFIX}_ and is not whole: copy it again")
