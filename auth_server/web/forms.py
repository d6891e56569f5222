"""Form posts: read once, and bounded."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from auth_server.web.request_bodies import read_body
from shared.forms import MAX_BYTES, Form, parse_form


async def read_form(request: Request) -> Form:
    """Raises HTTPException 413 for more than 128 KB or 1,000 fields, 408 for what drips."""
    body = await read_body(request, MAX_BYTES)
    try:
        return parse_form(body)
    except ValueError as cause:
        raise HTTPException(413) from cause


SubmittedForm = Annotated[Form, Depends(read_form)]
