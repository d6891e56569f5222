"""What narrows a search: kinds, time, app, conversation, the past; and how long its answer may be."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from resource_server.context.caller import ToolError
from resource_server.tools.instants import AS_OF, LONGEST_INSTANT, SINCE, UNTIL, Moment, Zone, instant_of
from resource_server.tools.memory_arguments import MAX_KEY, MAX_TAG, Words, decoded, distinct

MOST_KINDS = 20
KINDS = "Only these kinds: note, trait, page (an exchange), chunk (a part of a document), or one an import brought."


Kinds = Annotated[
    tuple[Annotated[Words, Field(max_length=MAX_TAG)], ...],
    Field(max_length=MOST_KINDS, description=KINDS),
    BeforeValidator(decoded),
    AfterValidator(distinct),
]
Since = Annotated[Moment | None, Field(max_length=LONGEST_INSTANT, description=SINCE)]
Until = Annotated[Moment | None, Field(max_length=LONGEST_INSTANT, description=UNTIL)]
Timezone = Annotated[Zone, Field(description="Whose dates since, until and as_of are.")]
ByApp = Annotated[
    Words | None, Field(max_length=MAX_KEY, description="Only what this app wrote, by its name or client id.")
]
Conversation = Annotated[Words | None, Field(max_length=MAX_KEY, description="Only this conversation.")]
AsOf = Annotated[Moment | None, Field(max_length=LONGEST_INSTANT, description=AS_OF)]
MaxTokens = Annotated[
    int | None,
    Field(
        ge=50,
        le=200_000,
        description="The longest answer, in tokens of about four bytes; what no longer fits is named in left_out.",
    ),
]
FoldAlike = Annotated[bool, Field(description="False shows memories that say the same one by one.")]
Explain = Annotated[bool, Field(description="True shows each part of every score.")]


def moments(since: str | None, until: str | None, as_of: str | None, timezone: str) -> dict[str, datetime | None]:
    """The three as instants. Raises ToolError for a range that holds nothing."""
    begins = None if since is None else instant_of(since, timezone)
    ends = None if until is None else instant_of(until, timezone, ends=True)
    if begins is not None and ends is not None and begins >= ends:
        raise ToolError("since must lie before until.")
    return {"since": begins, "until": ends, "as_of": None if as_of is None else instant_of(as_of, timezone, ends=True)}
