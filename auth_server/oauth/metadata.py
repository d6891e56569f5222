"""RFC 8414: what this server does, derived from what is registered; nothing is advertised that does not work."""

from typing import Any

from sqlmodel import Session

from auth_server.oauth import pkce
from auth_server.oauth.client_authentication import METHODS
from auth_server.oauth.client_keys import ALGORITHMS
from auth_server.oauth.server import GRANT_TYPES
from auth_server.settings import Settings
from auth_server.trust.rules import RegistrationMode, documents_allowed, registration_mode
from shared.authorization_details import DETAIL_TYPES
from shared.scopes import OFFERED_SCOPES


def server_metadata(session: Session, settings: Settings) -> dict[str, Any]:
    """§2, with the members of RFC 7009, 7591, 7636, 7662, 8628, 9207, 9396 and 9728; trust rules take some away."""
    issuer = settings.issuer
    registers = registration_mode(session) is not RegistrationMode.OFF
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        **({"registration_endpoint": f"{issuer}/register"} if registers else {}),
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "scopes_supported": [scope.value for scope in OFFERED_SCOPES],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": list(METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": list(METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": ["Bearer"],
        "code_challenge_methods_supported": [pkce.METHOD],
        "client_id_metadata_document_supported": documents_allowed(session),
        "authorization_response_iss_parameter_supported": True,
        "authorization_details_types_supported": list(DETAIL_TYPES),
        "protected_resources": [settings.mcp_url],
    }
