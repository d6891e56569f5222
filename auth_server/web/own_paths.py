"""Paths of this server below its issuer, and where a person may go after signing in (RFC 9700 §4.11)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from auth_server.settings import Settings

HOME = "/account/apps"


@dataclass(frozen=True)
class OwnPaths:
    """`base` is the issuer's path: empty, or `/auth` when the issuer is `https://example.org/auth`."""

    base: str = ""

    @classmethod
    def below(cls, settings: Settings) -> "OwnPaths":
        """The paths of the configured issuer."""
        return cls(settings.base_path)

    def to(self, path: str) -> str:
        """The path a browser asks for, such as `/auth/login` for `/login`."""
        return f"{self.base}{path}"

    def login(self, then: str, *, again: bool = False) -> str:
        """The sign-in page that goes on to `then`; with `again` it is shown to people who are signed in, too."""
        return f"{self.to('/login')}?{urlencode({'next': then} | ({'again': '1'} if again else {}))}"

    def checked(self, target: str) -> str:
        """`target` if it is a path here, else the home page: `//host`, `/\\host` and control characters are not."""
        is_path = target.startswith(self.to("/")) and target[1:2] not in ("/", "\\")
        return target if is_path and target.isascii() and target.isprintable() else self.to(HOME)
