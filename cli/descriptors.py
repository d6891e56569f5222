"""How many connections and files this process may have open at once."""

import resource


def raise_descriptor_limit() -> None:
    """To what the administrator of this machine allows. Shells like to start with 1,024, one for each connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return  # macOS says that there is no limit, and keeps one; what was allowed before still is
