"""Limits on sign-in attempts, by account and by address; devices that signed in before keep their own (OWASP)."""

import math
import time
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from auth_server.web.browser import DEVICE_LIFETIME
from shared.networks import network_of
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
    """Counts attempts by account and refusals by address."""

    def __init__(self, limiter: MovingWindowRateLimiter, attempts: int) -> None:
        self._limiter = limiter
        self._window = RateLimitItemPerMinute(attempts, WINDOW_MINUTES)
        self._day = RateLimitItemPerDay(attempts * DAYS_SHARE)

    def admit(self, email: str, address: str, device: Device | None) -> int:
        """0 admits the attempt and counts it for the account; otherwise the seconds to wait.

        `device` is one that this account signed in from before, else None. It has limits of its own instead of the
        account's and the address's, so that nobody can lock a person out by guessing, nor by guessing next door.
        """
        counted = self._counted(email, device)
        waits = [self._wait(item, who) for item, who in counted]
        if device is None:
            waits.append(self._wait(self._window, _from(address)))
        if not any(waits) and all(self._limiter.hit(item, who) for item, who in counted):
            return 0
        return max(*waits, 1)

    def refused(self, address: str, device: Device | None) -> None:
        """A wrong password counts for its address; right ones do not, however many people share it.

        Attempts that are verified at the same moment all pass `admit` first; they are never more than the queue of
        the password verifier holds.
        """
        if device is None:
            self._limiter.hit(self._window, _from(address))

    def forget(self, email: str, device: Device | None) -> None:
        """The right password clears what wrong ones counted for the account and for this device."""
        for item, who in (*self._counted(email, None), *self._counted(email, device)):
            self._limiter.clear(item, who)

    def _counted(self, email: str, device: Device | None) -> list[tuple[RateLimitItem, str]]:
        who = f"device:{device.id}" if device else f"account:{digest(email)}"
        return [(self._window, who), (self._day, who)]

    def _wait(self, item: RateLimitItem, who: str) -> int:
        if self._limiter.test(item, who):
            return 0
        return max(1, math.ceil(self._limiter.get_window_stats(item, who).reset_time - time.time()))


def _from(address: str) -> str:
    return f"address:{network_of(address)}"
