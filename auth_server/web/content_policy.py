"""The Content-Security-Policy of the pages: no script, but for the few pages that load our one module (AS-23)."""

import secrets

from fastapi import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""No form-action: browsers apply it to the redirect that follows a form, and consent redirects to the app."""


def new_script_nonce() -> str:
    """What a page's script element carries and its policy names; good for one answer."""
    return secrets.token_urlsafe(16)


def allow_script(response: Response, nonce: str) -> Response:
    """The same policy, but for the script element with this nonce."""
    policy = CONTENT_SECURITY_POLICY.replace("script-src 'none'", f"script-src 'nonce-{nonce}'")
    response.headers["Content-Security-Policy"] = policy
    return response
