"""What the pages hold of the providers: the list, what was read of them, and the key that states are good with."""

from dataclasses import dataclass, field

from auth_server.upstream.conversation import Conversation
from auth_server.upstream.documents import ProviderDocuments
from auth_server.upstream.providers import Provider


@dataclass(frozen=True)
class Upstream:
    """One for each process; `issuer` is our own."""

    providers: tuple[Provider, ...]
    issuer: str
    key: bytes = field(repr=False)
    documents: ProviderDocuments = field(default_factory=ProviderDocuments)

    def find(self, provider_id: str) -> Provider | None:
        """The provider of this name."""
        return next((provider for provider in self.providers if provider.id == provider_id), None)

    def conversation(self, provider: Provider, state: str) -> Conversation:
        """The sign-in of this state. Each provider has a way back of its own, so that none can answer for another."""
        return Conversation(provider, f"{self.issuer}/login/back/{provider.id}", state, self.key)
