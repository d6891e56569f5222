"""Form posts: read once, bounded, every field text that may repeat."""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, HTTPException, Request

from auth_server.web.request_bodies import read_body

MAX_BYTES = 128 * 1024
MAX_FIELDS = 1000


@dataclass(frozen=True)
class Form:
    """The fields of one `application/x-www-form-urlencoded` body."""

    fields: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def one(self, name: str) -> str:
        """The field's only value, else empty: what comes twice was not sent by our page."""
        values = self.fields.get(name, [])
        return values[0] if len(values) == 1 else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value, in the order of the page."""
        return tuple(self.fields.get(name, ()))


async def read_form(request: Request) -> Form:
    """Raises HTTPException 413 for more than 128 KB or 1,000 fields, 408 for what drips."""
    body = await read_body(request, MAX_BYTES)
    try:
        return Form(parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as cause:
        raise HTTPException(413) from cause


SubmittedForm = Annotated[Form, Depends(read_form)]
