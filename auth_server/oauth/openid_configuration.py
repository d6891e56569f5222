"""OpenID Connect Discovery §3: the metadata of RFC 8414 and what OpenID Connect adds to it."""

from typing import Any

from sqlmodel import Session

from auth_server.oauth import id_tokens, openid_claims
from auth_server.oauth.metadata import server_metadata
from auth_server.settings import Settings
from auth_server.signing_keys import ALGORITHM
from shared.scopes import OFFERED_SCOPES, OPENID_SCOPES


def openid_configuration(session: Session, settings: Settings) -> dict[str, Any]:
    """What is false stands there where leaving it out would mean true (§3, request_uri_parameter_supported)."""
    return server_metadata(session, settings) | {
        "userinfo_endpoint": settings.userinfo_resource,
        "end_session_endpoint": f"{settings.issuer}/end-session",
        "scopes_supported": [scope.value for scope in (*OPENID_SCOPES, *OFFERED_SCOPES)],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": sorted({*openid_claims.CLAIMS, *id_tokens.CLAIMS}),
        "claim_types_supported": ["normal"],
        "prompt_values_supported": ["none", "login", "consent"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
