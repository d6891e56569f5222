"""An app that connects, redeems and refreshes without end, and asks again when an answer is lost."""

import secrets
import threading
from urllib.parse import parse_qs, urlsplit

import httpx2

from auth_server.oauth.pkce import challenge_of
from tests.consent_form import approve_in_browser
from tests.doors import REDIRECT_URI
from tests.e2e.killing import KillableInstallation, Progress
from tests.loopback import LOOPBACK

REFRESHES = 2


class TokenClient:
    """`run` is what its thread does; `torn` has the number of the kill that each lost exchange met.

    `lost_codes` counts codes that an exchange spent whose answer was lost; `revoked` has refresh tokens whose
    revocation was acknowledged.
    """

    def __init__(self, place: KillableInstallation, progress: Progress) -> None:
        self._place = place
        self._progress = progress
        self._person = place.person()
        self._client_id = place.register()
        self._token_url = f"{place.issuer}/token"
        self.torn: list[int] = []
        self.lost_codes = 0
        self.redeemed_codes = 0
        self.revoked: list[str] = []

    def run(self, stopping: threading.Event) -> None:
        """One approval after another until it is told to stop."""
        with httpx2.Client(timeout=30, **LOOPBACK) as http:
            while not stopping.is_set():
                self._live_through_one_grant(http)

    def is_refused(self, refresh_token: str) -> bool:
        """Whether a refresh token is of no use any more."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": self._client_id}
        return httpx2.post(self._token_url, data=form, **LOOPBACK).status_code == 400

    def _live_through_one_grant(self, http: httpx2.Client) -> None:
        verifier = secrets.token_urlsafe(48)
        code = self._approve(verifier)
        if code is None:
            return
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        first, was_lost = self._exchange(http, form)
        if first.status_code == 200:
            self.redeemed_codes += 1
            refresh_token = self._refresh_on(http, first.json()["refresh_token"])
            self._assert_spent(http, form)
            self._revoke(http, refresh_token)
        else:
            assert was_lost, f"a fresh code was refused: {first.text}"
            assert first.json()["error"] == "invalid_grant", first.text
            self.lost_codes += 1

    def _approve(self, verifier: str) -> str | None:
        """A code; None when the server died meanwhile, then the person starts over."""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": REDIRECT_URI,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            "scope": "memory:read offline_access",
            "resource": self._place.mcp_url,
            "state": "s",
        }
        try:
            location = approve_in_browser(self._person.browser, asked, {})
        except httpx2.TransportError:
            self.torn.append(self._place.kills)
            return None
        self._progress.advance()
        return parse_qs(urlsplit(location).query)["code"][0]

    def _refresh_on(self, http: httpx2.Client, refresh_token: str) -> str:
        """Rotates a few times; whatever is lost, asking again within the grace gives the family's one successor."""
        for _ in range(REFRESHES):
            form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
            answer, _was_lost = self._exchange(http, form)
            assert answer.status_code == 200, answer.text
            again, _was_lost = self._exchange(http, form)
            assert again.status_code == 200, again.text
            assert again.json()["refresh_token"] == answer.json()["refresh_token"], "the family forked"
            refresh_token = answer.json()["refresh_token"]
        return refresh_token

    def _assert_spent(self, http: httpx2.Client, form: dict[str, str]) -> None:
        answer, _was_lost = self._exchange(http, form)
        assert answer.status_code == 400, "a code was spent twice"

    def _revoke(self, http: httpx2.Client, refresh_token: str) -> None:
        try:
            answer = http.post(
                f"{self._place.issuer}/revoke", data={"token": refresh_token, "client_id": self._client_id}
            )
        except httpx2.TransportError:
            self.torn.append(self._place.kills)
            return
        assert answer.status_code == 200, answer.text
        self.revoked.append(refresh_token)
        self._progress.advance()

    def _exchange(self, http: httpx2.Client, form: dict[str, str]) -> tuple[httpx2.Response, bool]:
        """The token endpoint's answer, and whether an earlier one was lost on the way."""
        was_lost = False
        while True:
            try:
                answer = http.post(self._token_url, data=form | {"client_id": self._client_id})
            except httpx2.TransportError:
                was_lost = True
                self.torn.append(self._place.kills)
                continue
            assert answer.status_code < 500, answer.text
            self._progress.advance()
            return answer, was_lost
