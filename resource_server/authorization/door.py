"""Everything that decides who is let in, wired together once for a process."""

from dataclasses import dataclass

from resource_server.authorization.api_keys import ApiKeys
from resource_server.authorization.auth_client import AuthClient
from resource_server.authorization.authorizer import Authorizer
from resource_server.authorization.change_feed import ChangeFeed
from resource_server.authorization.grants import Grants
from resource_server.authorization.keys import SigningKeys
from resource_server.authorization.open_calls import OpenCalls
from resource_server.authorization.signatures import SignedTokens
from resource_server.authorization.verifier import Verifier
from resource_server.settings import Settings


@dataclass(frozen=True)
class Door:
    """The parts other modules ask for."""

    client: AuthClient
    tokens: SignedTokens
    authorizer: Authorizer
    feed: ChangeFeed
    open_calls: OpenCalls


def open_door(settings: Settings) -> Door:
    """Connects nothing yet: the feed does when it runs, the rest with the first request."""
    client = AuthClient(settings.effective_auth_url, settings.effective_credential_file)
    tokens = SignedTokens(settings.issuer, SigningKeys(client))
    grants = Grants(client)
    open_calls = OpenCalls()
    feed = ChangeFeed(client, grants, open_calls.end, settings.feed_grace)
    authorizer = Authorizer(Verifier(tokens), ApiKeys(client, grants), grants, feed)
    return Door(client, tokens, authorizer, feed, open_calls)
