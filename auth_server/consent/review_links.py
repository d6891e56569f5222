"""The link from a remembered consent to the whole page: the same request, the same proof, one mark of our own."""

from auth_server.sign_in.proofs import PARAMETER as PROOF

MARK = "review=1"


def review_link(path: str, query: str, proof: str = "") -> str:
    """Where the person may choose anew; `proof` is the one that came with the request, not yet spent."""
    signed_in = f"&{PROOF}={proof}" if proof else ""
    return f"{path}?{query}&{MARK}{signed_in}"


def split_review(query: str) -> tuple[str, bool]:
    """The query as the app sent it, and whether the person asked for the whole page."""
    fields = query.split("&")
    return "&".join(field for field in fields if field != MARK), MARK in fields
