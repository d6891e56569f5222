"""Web Authentication Level 3 §7: what the browser is asked, and what its answer must be for one challenge of ours."""

import hashlib
import secrets
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from itsdangerous import BadData, URLSafeTimedSerializer
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from auth_server.models import Passkey, User
from auth_server.settings import Settings
from shared.refusals import Reason

LIFETIME = 5 * 60
LONGEST_ANSWER = 16 * 1024


class PasskeyRefusedError(Exception):
    """The answer proves nothing, or not now; the person reads `sentence`, the log `cause`."""

    def __init__(self, cause: str, sentence: str = "That passkey could not be used. Try again.") -> None:
        super().__init__(cause)
        self.sentence = sentence
        self.cause = cause
        self.reason = Reason.PASSKEY_REFUSED


@dataclass(frozen=True)
class Question:
    """`options` is what the script hands to the browser, `challenge` the signed text that goes with the form."""

    options: str
    challenge: str


@dataclass(frozen=True)
class Challenge:
    """What was asked: its bytes, which are also what is spent, and the name of a new passkey."""

    value: str
    name: str

    @property
    def expected(self) -> bytes:
        """The bytes that the authenticator signed."""
        return base64url_to_bytes(self.value)


class PasskeyCeremonies:
    """Asks and verifies for one relying party: our host, at exactly our origin."""

    def __init__(self, key: bytes, settings: Settings) -> None:
        self._serializer = URLSafeTimedSerializer(
            [key], salt="passkey challenge", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._host = urlsplit(settings.issuer).hostname or ""
        self._origin = settings.issuer_origin

    @property
    def is_possible(self) -> bool:
        """Browsers make passkeys for names alone, not for addresses such as 127.0.0.1."""
        try:
            ip_address(self._host)
        except ValueError:
            return True
        return False

    def ask_to_use(self, binding: str) -> Question:
        """For the sign-in page: any passkey of this host, with the person verified by the device."""
        value = _new_value()
        options = webauthn.generate_authentication_options(
            rp_id=self._host,
            challenge=base64url_to_bytes(value),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Question(webauthn.options_to_json(options), self._sign("use", binding, value, ""))

    def ask_to_create(self, binding: str, user: User, name: str, known: list[Passkey]) -> Question:
        """For a new passkey called `name`, on a device that holds none of those `known`."""
        value = _new_value()
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name="Ostiary",
            user_id=user.id.encode(),
            user_name=user.email,
            user_display_name=user.name or user.email,
            challenge=base64url_to_bytes(value),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in known],
        )
        return Question(webauthn.options_to_json(options), self._sign("create", binding, value, name))

    def open(self, purpose: str, binding: str, signed: str) -> Challenge:
        """The challenge, if it was for this purpose, browser and these five minutes. Raises PasskeyRefusedError."""
        try:
            asked, bound, value, name = self._serializer.loads(signed, max_age=LIFETIME)
        except (BadData, ValueError) as cause:
            raise _too_old() from cause
        if (asked, bound) != (purpose, binding):
            raise _too_old()
        return Challenge(value, name)

    def read_answer(self, answer: str) -> AuthenticationCredential:
        """What the sign-in form brought, not verified yet. Raises PasskeyRefusedError."""
        try:
            given = parse_authentication_credential_json(_bounded(answer))
            is_whole = given.id == bytes_to_base64url(given.raw_id)
        except Exception as cause:  # whatever a stranger's bytes break in a parser is an answer that proves nothing
            raise PasskeyRefusedError("unreadable answer") from cause
        if not is_whole:
            raise PasskeyRefusedError("unreadable answer")
        return given

    def verify_use(
        self, answer: AuthenticationCredential, challenge: Challenge, passkey: Passkey
    ) -> VerifiedAuthentication:
        """§7.2 but for the sign count, which is compared where it is stored. Raises PasskeyRefusedError."""
        try:
            return webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge.expected,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception as cause:  # as above
            raise PasskeyRefusedError("answer not verified") from cause

    def verify_new(self, answer: str, challenge: Challenge) -> VerifiedRegistration:
        """§7.1. Raises PasskeyRefusedError."""
        try:
            return webauthn.verify_registration_response(
                credential=_bounded(answer),
                expected_challenge=challenge.expected,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except Exception as cause:  # as above
            raise PasskeyRefusedError("registration not verified") from cause

    def _sign(self, purpose: str, binding: str, value: str, name: str) -> str:
        return str(self._serializer.dumps([purpose, binding, value, name]))


def _new_value() -> str:
    return bytes_to_base64url(secrets.token_bytes(32))


def _bounded(answer: str) -> str:
    if not answer or len(answer) > LONGEST_ANSWER:
        raise PasskeyRefusedError("no answer, or an endless one")
    return answer


def _too_old() -> PasskeyRefusedError:
    return PasskeyRefusedError("challenge stale", "The page lay open for too long, or was used before. Try again.")
