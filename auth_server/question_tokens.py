"""The short-lived JWTs with which this server asks the resource server something about one person."""

from datetime import timedelta

from joserfc import jwt
from sqlmodel import Session

from auth_server.services import Services
from auth_server.signing_keys import ALGORITHM, active_key
from shared.clock import epoch, now

LIFETIME = timedelta(seconds=30)


def question_token(session: Session, services: Services, user_id: str, path: str, token_type: str) -> str:
    """Good for 30 seconds, for that path alone: type and audience are of its own."""
    key = active_key(session, services.signing_seal)
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": token_type}
    claims = {
        "iss": services.settings.issuer,
        "aud": f"{services.settings.mcp_origin}{path}",
        "sub": user_id,
        "iat": epoch(now()),
        "exp": epoch(now() + LIFETIME),
    }
    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])
