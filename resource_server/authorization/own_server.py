"""Questions of the authorization server about one person: each kind has a token of its own type and audience."""

from starlette.requests import Request

from resource_server.authorization.credentials import bearer_token
from resource_server.authorization.errors import InvalidTokenError
from resource_server.authorization.signatures import SignedTokens
from shared.credential_forms import is_jwt
from shared.refusals import Reason


async def asked_for(request: Request, tokens: SignedTokens, token_type: str, audience: str) -> str:
    """The person of the parameter `sub`, for whom the token must be signed.

    Raises MissingCredentialsError, InvalidTokenError and UnavailableError.
    """
    credential = bearer_token(request.scope)
    if not is_jwt(credential):
        raise InvalidTokenError(Reason.TOKEN_MALFORMED, "This is not a token of the authorization server.")
    claims = await tokens.claims(credential, token_type, audience)
    user_id = request.query_params.get("sub", "")
    if not user_id or claims.get("sub") != user_id:
        raise InvalidTokenError(Reason.OTHER_PERSON, "The token speaks for another person.")
    return user_id
