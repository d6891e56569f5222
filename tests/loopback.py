"""How tests speak to servers on this computer."""

from typing import Any

LOOPBACK: dict[str, Any] = {"trust_env": False, "verify": False}
"""No proxy between, and no certificates to load, which takes longer than most requests do."""
