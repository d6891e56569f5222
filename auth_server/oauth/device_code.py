"""RFC 8628 §3.4, §3.5: a device asks again and again until its person has answered, and gets its tokens once."""

from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from sqlmodel import Session, col, update

from auth_server.models import DeviceCode, Grant
from auth_server.oauth.client_authentication import authenticate_client
from auth_server.oauth.errors import GrantRefusedError
from auth_server.oauth.refresh_token import first_refresh_token, may_refresh
from auth_server.oauth.token_grant import TokenGrant
from auth_server.oauth.token_response import check_usable, token_response
from auth_server.oauth.user_codes import GRANT_TYPE
from shared.clock import now
from shared.refusals import Reason
from shared.secrets import digest

ANEW = "Ask for another one at the device authorization endpoint."
UNKNOWN = f"The device_code is unknown here, or another client's. {ANEW}"
ENDED = f"The approval behind the code was taken back. {ANEW}"
SLOWER = 5
"""Seconds by which every further poll has to wait longer."""
JITTER = timedelta(seconds=1)
"""A poll may come this much early: the network delays one more than the next."""


class DeviceWaitsError(OAuth2Error):
    """§3.5: nobody has answered yet."""

    error = "authorization_pending"
    description = "The person has not answered yet. Ask again after the interval."
    reason = Reason.DEVICE_WAITS


class PolledTooSoonError(OAuth2Error):
    """§3.5: as before, and from now on the interval is five seconds longer."""

    error = "slow_down"
    reason = Reason.POLLED_TOO_SOON


class DeviceDeniedError(OAuth2Error):
    """§3.5: the person said no."""

    error = "access_denied"
    description = "The person did not allow it. Ask again only when they want to connect."
    reason = Reason.DENIED


class DeviceCodeExpiredError(OAuth2Error):
    """§3.5: nobody answered in time, or the device did not come back for the answer."""

    error = "expired_token"
    description = f"The device_code has expired. {ANEW}"
    reason = Reason.CODE_EXPIRED


class DeviceCodeGrant(TokenGrant):
    """§3.4: the code is the client's own, and good once."""

    GRANT_TYPE = GRANT_TYPE

    def validate_token_request(self) -> None:
        """Whose code it is; nothing is written yet."""
        presented = self.request.parameters.get("device_code")
        session: Session = self.server.session
        code = session.get(DeviceCode, digest(presented), with_for_update=True) if presented is not None else None
        grant = session.get(Grant, code.grant_id) if code is not None and code.grant_id is not None else None
        client = authenticate_client(session, self.server.settings, self.request, grant)
        if presented is None:
            raise InvalidRequestError("The parameter device_code is required.")
        if code is None or code.client_id != client.client_id:
            raise GrantRefusedError(Reason.CODE_UNKNOWN, UNKNOWN)
        self.client_row, self.code, self.grant_row = client, code, grant

    def create_token_response(self) -> dict[str, Any]:
        """§3.5: the database lets one redemption win; until there is an answer, only the pace is looked at."""
        session: Session = self.server.session
        if self.code.used_at is not None:
            raise GrantRefusedError(Reason.CODE_USED, f"The device_code was used before, and is good once. {ANEW}")
        if self.code.expires_at <= now():
            raise DeviceCodeExpiredError
        if self.code.answered_at is None:
            raise self._paced(session)
        if self.grant_row is None:
            raise DeviceDeniedError
        if not self._claim(session):
            raise GrantRefusedError(Reason.CODE_USED, f"The device_code was used before, and is good once. {ANEW}")
        check_usable(session, self.grant_row, ENDED)
        refresh_token = None
        if may_refresh(self.client_row, self.grant_row):
            refresh_token = first_refresh_token(session, self.server.settings, self.grant_row)
        return token_response(session, self.server.services, self.grant_row, self.grant_row.scopes, refresh_token)

    def _paced(self, session: Session) -> OAuth2Error:
        """What a device hears that waits, or does not wait long enough; the longer interval stays."""
        earliest = self.code.last_polled_at
        is_early = earliest is not None and now() < earliest + timedelta(seconds=self.code.interval) - JITTER
        self.code.last_polled_at = now()
        session.add(self.code)
        if not is_early:
            return DeviceWaitsError()
        self.code.interval += SLOWER
        return PolledTooSoonError(f"Ask every {self.code.interval} seconds from now on, and no sooner.")

    def _claim(self, session: Session) -> bool:
        claimed = session.exec(
            update(DeviceCode)
            .where(col(DeviceCode.digest) == self.code.digest, col(DeviceCode.used_at).is_(None))
            .values(used_at=now())
            .execution_options(synchronize_session=False)
        )
        return bool(claimed.rowcount == 1)
