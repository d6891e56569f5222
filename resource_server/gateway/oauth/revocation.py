"""RFC 7009: tokens that nobody needs any more are given back."""

from contextlib import suppress

from resource_server.gateway.oauth.errors import OAuthProblemError
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.oauth.tokens import Tokens


async def revoke(fetching: Fetching, tokens: Tokens) -> bool:
    """Whether the authorization server took them back; raises nothing, for here they are gone already."""
    if not tokens.revocation_endpoint:
        return False
    is_taken = False
    proof, headers = tokens.client.proof()
    for token, kind in ((tokens.refresh_token, "refresh_token"), (tokens.access_token, "access_token")):
        if token:
            with suppress(OAuthProblemError):
                form = {"token": token, "token_type_hint": kind} | proof
                answer = await fetching.post_form(tokens.revocation_endpoint, form, headers)
                is_taken = is_taken or answer.status == 200
    return is_taken
