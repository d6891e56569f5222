"""What a provider says of a person, once it is verified."""

from dataclasses import dataclass

MAX_SUBJECT_LENGTH = 255
"""OpenID Connect Core §2."""


@dataclass(frozen=True)
class Identity:
    """A person as one provider knows them: (`provider`, `subject`) never changes hands, an e-mail address may.

    `email` is empty unless the provider says that it is this person's.
    """

    provider: str
    subject: str
    email: str = ""
    name: str = ""
