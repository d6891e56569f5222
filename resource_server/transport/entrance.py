"""Who calls, for whom, and whether so often: what is known of a request before its body is read."""

from starlette.types import Scope

from resource_server.authorization.authorizer import Authorized, Authorizer
from resource_server.authorization.challenges import FORBIDDEN, Challenges, json_rpc_error
from resource_server.authorization.credentials import presented_credential
from resource_server.authorization.errors import InvalidTokenError, MissingCredentialsError, UnavailableError
from resource_server.authorization.protected_resources import ProtectedResource
from resource_server.limits import RequestLimits
from resource_server.transport.heads import Presented
from resource_server.transport.refused import RefusedError
from resource_server.transport.visitors import Visitors
from shared.credential_forms import Credential
from shared.refusals import Reason
from shared.request_fields import fields_of

USER_HEADER = "x-user-id"
OTHER_PERSON = (
    "X-User-ID names another person than the credential: leave it out. Only a key with the scope impersonate may "
    "name somebody who has an account here."
)


class Entrance:
    """Raises RefusedError: 401 on every method, the first POST included; 403, 429, and 503 when nobody can tell."""

    def __init__(self, authorizer: Authorizer, limits: RequestLimits, visitors: Visitors) -> None:
        self._authorizer = authorizer
        self._limits = limits
        self._visitors = visitors

    async def presented(self, scope: Scope, resource: ProtectedResource) -> Presented:
        """What the request comes with."""
        challenges = Challenges(resource)
        try:
            named = frozenset(value.strip() for value in fields_of(scope).get(USER_HEADER, ()))
            return Presented(Credential(presented_credential(scope)), named)
        except MissingCredentialsError as cause:
            answer = self._visitors.shown(scope, challenges.missing_credentials())
            raise await self._refused(scope, challenges, RefusedError(Reason.TOKEN_MISSING, answer)) from cause
        except InvalidTokenError as cause:
            refused = RefusedError(cause.reason, challenges.invalid_token(str(cause)))
            raise await self._refused(scope, challenges, refused) from cause

    async def admit(self, presented: Presented, scope: Scope, resource: ProtectedResource) -> Authorized:
        """The caller. A request counts whatever becomes of it."""
        authorized = await self._authorize(presented, scope, resource)
        if wait := await self._limits.count(authorized.caller):
            answer = Challenges(resource).too_many_requests(wait)
            raise RefusedError(Reason.TOO_MANY_REQUESTS, answer, authorized.caller)
        # Who calls is said by the credential alone: a header that names somebody else is refused, not ignored.
        if presented.named - {authorized.caller.user_id, authorized.acts_for or authorized.caller.user_id}:
            raise RefusedError(Reason.OTHER_PERSON, json_rpc_error(403, FORBIDDEN, OTHER_PERSON), authorized.caller)
        return authorized

    async def _authorize(self, presented: Presented, scope: Scope, resource: ProtectedResource) -> Authorized:
        credential = presented.credential
        try:
            if not self._authorizer.can_tell(credential):
                await self._refuse_guessing(scope, Challenges(resource))
            return await self._authorizer.authorize(credential, resource.identifier, presented.on_behalf_of)
        except InvalidTokenError as cause:
            challenges = Challenges(resource)
            refused = RefusedError(cause.reason, challenges.invalid_token(str(cause)))
            raise await self._refused(scope, challenges, refused) from cause
        except UnavailableError as cause:
            raise RefusedError(Reason.AUTH_SERVER_UNREACHABLE, Challenges(resource).unavailable()) from cause

    async def _refuse_guessing(self, scope: Scope, challenges: Challenges) -> None:
        if wait := await self._limits.wait_to_guess(_address(scope)):
            await self._limits.count_stranger(_address(scope), is_guess=True)
            raise RefusedError(Reason.TOO_MANY_REQUESTS, challenges.too_many_requests(wait))

    async def _refused(self, scope: Scope, challenges: Challenges, refused: RefusedError) -> RefusedError:
        """The refusal, or after too many of them from one address that there were too many."""
        is_guess = refused.reason is Reason.KEY_REFUSED
        wait = await self._limits.count_stranger(_address(scope), is_guess=is_guess)
        return RefusedError(Reason.TOO_MANY_REQUESTS, challenges.too_many_requests(wait)) if wait else refused


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""
