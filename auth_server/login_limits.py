"""Limits on sign-in attempts, by account and by address; devices that signed in before keep their own (OWASP)."""

import math
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from auth_server.browser import DEVICE_LIFETIME
from shared.secrets import digest, new_secret

WINDOW_MINUTES = 15
DAYS_SHARE = 5
"""An account takes this many windows' attempts a day: who keeps guessing waits minutes first, then hours."""

PEOPLE_PER_DEVICE = 5


@dataclass(frozen=True)
class Device:
    """A browser in which these people signed in before; its cookie is signed and holds ids, no addresses."""

    id: str
    user_ids: tuple[str, ...] = ()

    def with_user(self, user_id: str) -> "Device":
        """The same device, this person remembered first."""
        others = [known for known in self.user_ids if known != user_id]
        return Device(self.id, (user_id, *others)[:PEOPLE_PER_DEVICE])


class Devices:
    """Reads and writes the device cookie."""

    def __init__(self, key: bytes) -> None:
        self._serializer = URLSafeTimedSerializer([key], salt="known device")

    def read(self, cookie: str | None) -> Device:
        """The device of this cookie, or a new one that knows nobody."""
        try:
            device_id, *user_ids = self._serializer.loads(cookie or "", max_age=DEVICE_LIFETIME)
        except (BadSignature, ValueError):
            return Device(id=new_secret("dev"))
        return Device(device_id, tuple(user_ids))

    def write(self, device: Device) -> str:
        """The cookie's value."""
        return str(self._serializer.dumps([device.id, *device.user_ids]))


class LoginLimits:
    """Counts attempts before the password is looked at; kept in this process."""

    def __init__(self, attempts: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._window = RateLimitItemPerMinute(attempts, WINDOW_MINUTES)
        self._day = RateLimitItemPerDay(attempts * DAYS_SHARE)

    def admit(self, email: str, address: str, device: Device | None) -> int:
        """0 admits the attempt and counts it; otherwise the seconds to wait.

        `device` is one that this account signed in from before, else None. It has a limit of its own instead of the
        account's, so that nobody can lock a person out by guessing.
        """
        account = f"device:{device.id}" if device else f"account:{digest(email)}"
        limits = [(self._window, f"address:{_network(address)}"), (self._window, account), (self._day, account)]
        waits = [self._wait(item, who) for item, who in limits]
        if not any(waits) and all(self._limiter.hit(item, who) for item, who in limits):
            return 0
        return max(*waits, 1)

    def forget(self, email: str) -> None:
        """The right password clears what the account's wrong ones counted."""
        for item in (self._window, self._day):
            self._limiter.clear(item, f"account:{digest(email)}")

    def _wait(self, item: RateLimitItem, who: str) -> int:
        if self._limiter.test(item, who):
            return 0
        return max(1, math.ceil(self._limiter.get_window_stats(item, who).reset_time - time.time()))


def _network(address: str) -> str:
    """One household is one IPv6 /64; an IPv4 address stands for itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)
