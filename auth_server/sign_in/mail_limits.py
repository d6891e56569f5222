"""How often a stranger may have messages sent: by the address they go to, and by the network that asks."""

from limits import RateLimitItem, RateLimitItemPerHour
from limits.strategies import MovingWindowRateLimiter

from auth_server.people import normal_email
from shared.networks import network_of
from shared.secrets import digest

TO_ADDRESS = RateLimitItemPerHour(5)
FROM_NETWORK = RateLimitItemPerHour(30)


def may_be_written_to(limiter: MovingWindowRateLimiter, purpose: str, email: str, peer: str) -> bool:
    """Whether one more message may be sent; asking counts. It knows of no accounts, so it tells nothing of them."""
    asked: tuple[tuple[RateLimitItem, str], ...] = (
        (FROM_NETWORK, network_of(peer)),
        (TO_ADDRESS, digest(normal_email(email))),
    )
    return all(limiter.hit(item, f"mail for {purpose}", who) for item, who in asked)
