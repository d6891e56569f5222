"""Apps as the administration API speaks of them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, computed_field

from auth_server.administration.client_details import ClientDetails
from auth_server.client_handles import handle_of
from auth_server.models import ClientOrigin
from auth_server.oauth.entered_clients import EnteredClient
from auth_server.routes.admin_api.wire import Text, WireModel
from auth_server.trust.known_apps import Method
from shared.server_access import ServerDetail


class WireClient(WireModel):
    """An app. `handle` names it in addresses here: the client id, unless that is an address itself."""

    client_id: str
    name: str
    origin: ClientOrigin
    redirects: tuple[str, ...]
    live_grants: int
    is_trusted: bool
    is_approved: bool
    is_blocked: bool
    created_at: datetime

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def handle(self) -> str:
        """Made of the client id."""
        return handle_of(self.client_id)


class WireClientDetails(WireModel):
    """One app; of `registered_from`, `document_host` and `entered_by` one is not empty."""

    client: WireClient
    registered_from: str
    document_host: str
    entered_by: str
    redirect_uris: tuple[str, ...]
    token_endpoint_auth_method: str
    has_secret: bool
    earlier_secret_until: datetime | None
    grant_types: tuple[str, ...]
    scope: str
    reach: str

    @classmethod
    def of(cls, details: ClientDetails) -> "WireClientDetails":
        """As it is shown."""
        same = {name: getattr(details, name) for name in cls.model_fields if hasattr(details, name)}
        client = WireClient.model_validate(details.listed)
        return cls(client=client, token_endpoint_auth_method=details.method, **same)


class WireEnteredClient(WireClientDetails):
    """An app that was just entered, and its secret, which nobody sees again; null for one without."""

    client_secret: str | None

    @classmethod
    def with_secret(cls, details: ClientDetails, entered: EnteredClient) -> "WireEnteredClient":
        """As it is shown this once."""
        return cls(**dict(WireClientDetails.of(details)), client_secret=entered.secret)


Uris = Annotated[list[Text], Field(min_length=1, max_length=10)]
Namespaces = Annotated[tuple[Text, ...], Field(max_length=200)]


class WireAppDraft(WireModel):
    """An app that people connect, entered by hand."""

    kind: Literal["app"] = "app"
    name: Text
    redirect_uris: Uris
    token_endpoint_auth_method: Method = Method.POST


class WireServiceDraft(WireModel):
    """A program that acts in its own name, with client_credentials; `*` stands for all namespaces.

    `servers` are authorization_details of type server.
    """

    kind: Literal["service"]
    name: Text
    read: Namespaces = ()
    write: Namespaces = ()
    servers: Annotated[tuple[ServerDetail, ...], Field(max_length=100)] = ()
    may_administer: bool = False
    token_endpoint_auth_method: Text = "client_secret_post"
    jwks: dict[str, Any] | None = None
    jwks_uri: Text | None = None


WireClientDraft = WireAppDraft | WireServiceDraft


class WireClientChange(WireModel):
    """What an administrator says of the app; what is left out stays."""

    is_trusted: bool | None = None
    is_approved: bool | None = None
    is_blocked: bool | None = None


class WireSecret(WireModel):
    """The secret, which nobody sees again, and until when the one before it works."""

    client_secret: str
    earlier_secret_until: datetime | None


class WireSecretOverlap(WireModel):
    """How long the secret before it works too."""

    overlap_seconds: Annotated[int, Field(ge=0, le=30 * 24 * 60 * 60)] = 24 * 60 * 60


class WireCleanUp(WireModel):
    """Which unused apps to delete; with `preview` they are only counted."""

    unused_for_days: Annotated[int, Field(ge=0, le=3650)] = 30
    preview: bool = True


class WireCleanedUp(WireModel):
    """How many unused apps there are, or were."""

    clients: int
    deleted: bool
