"""Devices without a browser, and the page where their codes are typed (RFC 8628)."""

from typing import Any

from auth_server.clients import find_client
from auth_server.models import Client
from auth_server.trust.client_verdicts import block_client, unblock_client
from shared.refusals import Reason, Step
from tests.auth_harness import later
from tests.devices import Device, answer, enter
from tests.refusals.place import Place
from tests.refusals.ways import Way


def an_app_for_browsers(place: Place) -> Any:
    return place.http.post("/device_authorization", data=place.auth.register().credential)


def no_device_client(place: Place) -> Any:
    return place.http.post("/device_authorization", data={"scope": "memory:read"})


def a_deleted_device(place: Place) -> Any:
    return place.http.post("/device_authorization", data={"client_id": "cli_01kah0000000000000000000bb"})


def a_device_with_a_wrong_secret(place: Place) -> Any:
    return Device(place.auth, token_endpoint_auth_method="client_secret_post").ask(client_secret="cs_wrong")


def a_device_for_another_resource(place: Place) -> Any:
    return Device(place.auth).ask(resource="https://elsewhere.example/mcp")


def a_device_with_strange_details(place: Place) -> Any:
    return Device(place.auth).ask(authorization_details="[")


def a_blocked_device(place: Place) -> Any:
    device = Device(place.auth)
    with place.auth.database() as session:
        block_client(session, session.get_one(Client, device.client.id))
    refused = device.ask()
    with place.auth.database() as session:
        client = find_client(session, device.client.id)
        assert client is not None
        unblock_client(session, client)
    return refused


def many_devices(place: Place) -> Any:
    device = Device(place.auth)
    for _ in range(60):
        device.ask()
    return device.ask()


def a_device_that_waits(place: Place) -> Any:
    return Device(place.auth).started().poll()


def a_hasty_device(place: Place) -> Any:
    device = Device(place.auth).started()
    device.poll()
    return device.poll()


def a_device_that_was_refused(place: Place) -> Any:
    device = Device(place.auth).started()
    answer(place.auth, device, "deny")
    return device.poll()


def a_device_whose_code_is_over(place: Place) -> Any:
    device = Device(place.auth).started()
    with later(minutes=16):
        return device.poll()


def a_wrong_user_code(place: Place) -> Any:
    return enter(place.auth, "BBBB-BBBB")


def many_user_codes(place: Place) -> Any:
    for _ in range(20):
        enter(place.auth, "BBBB-BBBB")
    return enter(place.auth, "BBBB-BBBB")


ASKED, TOKEN, CONSENT = Step.AUTHORIZATION, Step.TOKEN, Step.CONSENT

WAYS = (
    Way(ASKED, Reason.GRANT_TYPE_NOT_ALLOWED, 400, "need the device code grant", an_app_for_browsers, has_client=True),
    Way(ASKED, Reason.REQUEST_MALFORMED, 400, "client_id is missing", no_device_client),
    Way(ASKED, Reason.CLIENT_UNKNOWN, 401, "register again", a_deleted_device, has_client=True),
    Way(ASKED, Reason.CREDENTIAL_WRONG, 401, "check client_id", a_device_with_a_wrong_secret, has_client=True),
    Way(ASKED, Reason.RESOURCE_UNKNOWN, 400, "only for http", a_device_for_another_resource, has_client=True),
    Way(ASKED, Reason.DETAILS_REFUSED, 400, "leave them out", a_device_with_strange_details, has_client=True),
    Way(ASKED, Reason.CLIENT_BLOCKED, 400, "blocked the app", a_blocked_device, has_client=True),
    Way(ASKED, Reason.TOO_MANY_REQUESTS, 429, "Wait a minute", many_devices, has_client=True),
    Way(TOKEN, Reason.DEVICE_WAITS, 400, "Ask again after the interval", a_device_that_waits, has_client=True),
    Way(TOKEN, Reason.POLLED_TOO_SOON, 400, "every 10 seconds", a_hasty_device, has_client=True, after_others=True),
    Way(
        TOKEN, Reason.DENIED, 400, "only when they want to connect", a_device_that_was_refused, True, after_others=True
    ),
    Way(TOKEN, Reason.CODE_EXPIRED, 400, "Ask for another one", a_device_whose_code_is_over, has_client=True),
    Way(CONSENT, Reason.USER_CODE_UNKNOWN, 400, "show a new one", a_wrong_user_code),
    Way(CONSENT, Reason.TOO_MANY_ATTEMPTS, 429, "Wait", many_user_codes, after_others=True),
)
