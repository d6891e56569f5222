"""A server as somebody describes it, before it is one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from resource_server.gateway.checks import check_asked, check_command, check_names, check_secrets, check_url
from resource_server.gateway.upstream import Transport, checked_name


@dataclass(frozen=True)
class Described:
    """`secrets` go with everybody's calls, `asks` names what each person enters; `is_enabled` None says neither."""

    name: str
    transport: Transport
    url: str = ""
    command: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    asks: tuple[str, ...] = ()
    is_enabled: bool | None = None

    def check(self) -> None:
        """Raises InvalidServerError for what cannot be used."""
        checked_name(self.name)
        if self.transport is Transport.STDIO:
            check_command(self.command)
        else:
            check_url(self.url)
        check_secrets(self.transport, self.secrets)
        check_asked(self.transport, self.asks)
        check_names(self.transport, [*self.secrets, *self.asks])
