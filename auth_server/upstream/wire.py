"""Requests to a provider: no proxy of the environment, no redirects, bounded, https unless it is on loopback."""

import time
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from auth_server.upstream.errors import UnreachableProviderError, UntrueAnswerError
from auth_server.upstream.providers import Provider
from shared.urls import is_loopback_host

CONNECT_SECONDS = 5
READ_SECONDS = 5
WHOLE_SECONDS = 15
MAX_BYTES = 256 * 1024
CHUNK = 16 * 1024


class ProviderSession(OAuth2Session):
    """Authlib's client, which speaks to one provider and believes no more than it must."""

    def __init__(self, provider: Provider, **options: Any) -> None:
        super().__init__(
            provider.client_id,
            provider.client_secret.get_secret_value(),
            code_challenge_method="S256",
            leeway=0,
            **options,
        )
        self.trust_env = False
        self._provider = provider

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Every request goes through here. Raises UnreachableProviderError and UntrueAnswerError."""
        check_address(self._provider, request.url or "")
        options |= {"allow_redirects": False, "timeout": (CONNECT_SECONDS, READ_SECONDS), "stream": True}
        try:
            response: requests.Response = super().send(request, **options)
            _read(response)
        except (requests.RequestException, OSError) as cause:
            raise UnreachableProviderError(f"{self._provider.id} is unreachable: {type(cause).__name__}") from cause
        if 300 <= response.status_code < 400:
            raise UntrueAnswerError(f"{self._provider.id} redirects, and redirects are not followed")
        if response.status_code >= 500 or response.status_code == 429:
            raise UnreachableProviderError(f"{self._provider.id} answers with status {response.status_code}")
        return response

    def get_json(self, url: str) -> Any:
        """A decoded JSON document of status 200. Raises UnreachableProviderError and UntrueAnswerError."""
        try:
            response = self.request("GET", url, headers={"Accept": "application/json"}, withhold_token=not self.token)
        except AuthlibBaseError as cause:
            raise UntrueAnswerError(f"{self._provider.id} gave a token that is of no use") from cause
        if response.status_code != 200:
            raise UntrueAnswerError(f"{self._provider.id} answers with status {response.status_code}")
        try:
            return response.json()
        except (ValueError, RecursionError) as cause:
            raise UntrueAnswerError(f"{self._provider.id} answers with something else than JSON") from cause


def check_address(provider: Provider, url: str) -> None:
    """What a provider's own document names may lie elsewhere, but not on plain http or inside this machine."""
    try:
        parts = urlsplit(url)
        is_loopback = is_loopback_host(parts.hostname)
    except ValueError as cause:
        raise UntrueAnswerError(f"{provider.id} names an address that is none") from cause
    is_safe = parts.scheme == "https" and (provider.is_on_loopback or not is_loopback)
    is_near = parts.scheme == "http" and is_loopback and provider.is_on_loopback
    if not parts.hostname or "@" in parts.netloc or not (is_safe or is_near):
        raise UntrueAnswerError(f"{provider.id} names an address that is not https")


def _read(response: requests.Response) -> None:
    """The whole body, as long as it is small and comes in time."""
    deadline, body = time.monotonic() + WHOLE_SECONDS, bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > MAX_BYTES or time.monotonic() > deadline:
            response.close()
            raise requests.ConnectionError("the answer is too large or too slow")
    response._content = bytes(body)
