"""RFC 9207: every answer at a client's redirect URI says who gave it."""

from urllib.parse import quote, urlencode


def authorization_response_uri(redirect_uri: str, issuer: str, state: str | None, **answer: str) -> str:
    """The redirect URI with `answer` (a code, or an error), `state` byte for byte, and `iss`; its own query stays."""
    parameters = dict(answer)
    if state is not None:
        parameters["state"] = state
    parameters["iss"] = issuer
    separator = "&" if "?" in redirect_uri else "?"
    if redirect_uri.endswith(("?", "&")):
        separator = ""
    return f"{redirect_uri}{separator}{urlencode(parameters, quote_via=quote)}"
