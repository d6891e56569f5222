"""Proof that somebody has just signed in for one authorization request, while the issuer is plain http.

Cookies do not tell ports apart: without https every program that listens on this machine receives the session cookie
of a browser that visits it. So the cookie alone approves nothing there. The proof travels another way, in the address
to which the sign-in form sends the person's own browser, and is worthless without the session it was made for.
"""

import hashlib
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer

from auth_server.web.browser import SignedInBrowser
from shared.secrets import digest, new_secret

PARAMETER = "signed_in"
_CONFIRMATION = " a grave form"
"""No query of an app begins with a space, so that neither proof is good for the other's purpose."""

LIFETIME = 15 * 60
"""Seconds; as long as the form of the request it is for."""


class SignInProofs:
    """Signs and opens proofs; who approves with one spends its nonce."""

    def __init__(self, key: bytes) -> None:
        self._serializer = URLSafeTimedSerializer(
            [key], salt="sign-in proof", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def add(self, target: str, session_secret: str) -> str:
        """`target`, a path with its query, and the proof for exactly that query in this session."""
        query, _ = split_proof(urlsplit(target).query)
        proof = self._serializer.dumps([new_secret("si"), _binding(digest(session_secret), query)])
        return f"{target}&{PARAMETER}={proof}"

    def add_confirmation(self, target: str, session_secret: str) -> str:
        """`target`, a page of ours, and the proof that confirms one grave form in this session."""
        proof = self._serializer.dumps([new_secret("si"), _binding(digest(session_secret), _CONFIRMATION)])
        path, _, query = target.partition("?")
        own, _ = split_proof(query)
        return f"{path}?{own}{'&' if own else ''}{PARAMETER}={proof}"

    def open_confirmation(self, proof: str, browser: SignedInBrowser) -> str:
        """The nonce of what `add_confirmation` added, or empty."""
        return self.open(proof, browser, _CONFIRMATION)

    def open(self, proof: str, browser: SignedInBrowser, query: str) -> str:
        """The proof's nonce, or empty for one that is changed, too old, of another session or another request."""
        try:
            nonce, binding = self._serializer.loads(proof, max_age=LIFETIME)
        except (BadData, ValueError):
            return ""
        return str(nonce) if binding == _binding(browser.session_digest, query) else ""


def split_proof(query: str) -> tuple[str, str]:
    """The query as the app sent it, and the proof that our sign-in added last, or an empty text."""
    fields = query.split("&")
    proofs = [field.removeprefix(f"{PARAMETER}=") for field in fields if field.startswith(f"{PARAMETER}=")]
    own = "&".join(field for field in fields if not field.startswith(f"{PARAMETER}="))
    return own, proofs[-1] if proofs else ""


def _binding(session_digest: str, query: str) -> str:
    return digest(f"{session_digest} {query}")
