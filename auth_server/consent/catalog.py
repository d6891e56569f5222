"""What a person could choose on the consent page: their namespaces and servers, asked of the resource server."""

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx2
import structlog
from sqlmodel import Session

from auth_server.consent.offered_servers import NO_SERVERS, UNKNOWN_SERVERS, OfferedServers, read_servers
from auth_server.models import ApiKey, Grant
from auth_server.question_tokens import question_token
from auth_server.services import Services
from auth_server.settings import Settings
from shared.authorization_details import DEFAULT_NAMESPACE, in_natural_order, is_namespace, memory_access

PATH = "/internal/catalog"
TOKEN_TYPE = "catalog+jwt"
PHASE_TIMEOUT = 0.5
"""Half a second to connect and half a second to answer; then the page is shown without."""

log = structlog.get_logger(__name__)


def catalog_token(session: Session, services: Services, user_id: str) -> str:
    """Asks for one person's namespaces and servers."""
    return question_token(session, services, user_id, PATH, TOKEN_TYPE)


@dataclass(frozen=True)
class Choosable:
    """Namespaces by name; `shared` says of those that several people share, in words, with whom and how.

    `servers` are empty where nobody asked for them.
    """

    names: tuple[str, ...]
    shared: Mapping[str, str] = field(default_factory=dict)
    servers: OfferedServers = NO_SERVERS

    def label_of(self, name: str) -> str:
        """What a person reads beside its box."""
        return f"{name} ({self.shared[name]})" if name in self.shared else name


class Catalog:
    """Asks the resource server, over one TLS context: loading certificates takes longer than the question."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.resource_internal_url or settings.mcp_origin}{PATH}"

    def known(self, token: str, user_id: str, *, with_servers: bool = False) -> Choosable:
        """What the resource server knows; nothing when it does not answer in time or in form."""
        try:
            answer = self._ask(token, user_id, with_servers=with_servers)
            names = tuple(name for name in answer["namespaces"] if isinstance(name, str) and is_namespace(name))
            told = answer.get("shared", {})
            sharing = {name: _sharing(told[name]) for name in names if name in told}
            return Choosable(names, sharing, read_servers(answer["servers"]) if with_servers else NO_SERVERS)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError) as error:
            log.warning("catalog_unavailable", cause=type(error).__name__)
            return Choosable((), servers=UNKNOWN_SERVERS if with_servers else NO_SERVERS)

    @cached_property
    def _tls(self) -> ssl.SSLContext | bool:
        """Made at the first question, and not at the start."""
        return ssl.create_default_context() if self._url.startswith("https://") else False

    def _ask(self, token: str, user_id: str, *, with_servers: bool) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(timeout=PHASE_TIMEOUT, trust_env=False, verify=self._tls) as client:
            asked = {"sub": user_id} | ({"servers": "yes"} if with_servers else {})
            response = client.get(self._url, params=asked, headers=headers).raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


def _sharing(told: Mapping[str, object]) -> str:
    """`shared by 3 people, you may read it`."""
    members = int(str(told["members"]))
    people = "you alone so far" if members == 1 else f"{members} people"
    return f"shared by {people}" if told["may_write"] is True else f"shared by {people}, you may only read it"


def offered_namespaces(in_use: Iterable[str], named: Iterable[Grant | ApiKey]) -> tuple[str, ...]:
    """`personal` first, then what is in use and what the person named in any grant or key, as `in_natural_order`."""
    names = set(in_use)
    for permission in named:
        access = memory_access(permission.details)
        names |= access.read.names | access.write.names
    return (DEFAULT_NAMESPACE, *in_natural_order(names - {DEFAULT_NAMESPACE}))
