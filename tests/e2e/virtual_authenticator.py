"""Chromium's own virtual authenticator, a device that says yes by itself (Web Authentication Level 3 §11.2)."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import CDPSession, Page

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@contextmanager
def virtual_authenticator(page: Page) -> Iterator[tuple[CDPSession, str]]:
    """One for this page: the session to speak with it, and its id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = session.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})["authenticatorId"]
    try:
        yield session, device
    finally:
        session.detach()
