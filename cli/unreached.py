"""Why nothing answered at an address, in words that say what to change."""

import ssl
from collections.abc import Iterator

import httpx2

UNUSABLE = (httpx2.UnsupportedProtocol, httpx2.InvalidURL)


def why_unreached(url: str, cause: Exception, patience: float) -> str:
    """Whole sentences; `patience` is how many seconds were waited for an answer."""
    if not url.lower().startswith(("http://", "https://")):
        return f"{url} is no web address. Begin the address with http:// or https://"
    if isinstance(cause, UNUSABLE):
        return f"{url} is no web address: {_said(cause)}."
    if isinstance(cause, httpx2.TimeoutException):
        return f"{url} does not answer within {patience:g} seconds."
    behind = list(_chain(cause))
    if any(isinstance(error, ssl.SSLCertVerificationError) for error in behind):
        return f"{url} has a certificate that apps do not trust: {_reason(behind)}. Give it one of a public authority."
    if any(isinstance(error, ssl.SSLError) for error in behind):
        return f"{url} answers, but not over TLS: is it http:// there, or another port?"
    return f"{url} cannot be reached: {_said(cause)}. Is it running, and does the address lead here?"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(errors: list[BaseException]) -> str:
    """As OpenSSL puts it, `self-signed certificate` for instance."""
    found = [error.verify_message for error in errors if isinstance(error, ssl.SSLCertVerificationError)]
    return found[0].rstrip(".")


def _said(cause: Exception) -> str:
    return str(cause).rstrip(".")
