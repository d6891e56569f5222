"""Cross-site request forgery: a token bound to a cookie, and the page's exact Origin, on every form (OWASP)."""

import hmac

from starlette.datastructures import Headers

from shared.secrets import derived_secret


def form_token(key: bytes, cookie_secret: str) -> str:
    """The token that forms carry while the browser holds `cookie_secret`; it tells nothing about the cookie."""
    return derived_secret("csrf", key, cookie_secret)


def is_genuine(key: bytes, cookie_secret: str | None, token: str) -> bool:
    """Whether `token` was made for this very cookie, compared in constant time."""
    if not cookie_secret:
        return False
    return hmac.compare_digest(form_token(key, cookie_secret).encode(), token.encode(errors="replace"))


def comes_from_own_page(headers: Headers, own_origin: str) -> bool:
    """Whether the browser says that a page of exactly our scheme, host and port sent this form.

    A page whose referrer policy is `no-referrer` sends `Origin: null` with its own forms (Fetch §3.2). Then the
    browser's Sec-Fetch-Site, which no script can set, must say `same-origin`; another port is merely `same-site`.
    """
    origins = headers.getlist("origin")
    if origins == [own_origin]:
        return True
    return origins == ["null"] and headers.getlist("sec-fetch-site") == ["same-origin"]
