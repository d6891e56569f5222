"""A device without a browser, and the person who types its code elsewhere (RFC 8628)."""

from typing import Any

from starlette.testclient import TestClient

from auth_server.oauth.user_codes import GRANT_TYPE
from tests.auth_harness import AuthHarness, RegisteredClient
from tests.consent_form import PASSWORD, form_fields, own_origin

GRANTS = [GRANT_TYPE, "refresh_token"]


class Device:
    """An app on a device: its registration, and the codes it was given last."""

    def __init__(self, auth: AuthHarness, **metadata: Any) -> None:
        self.auth = auth
        without_browser = {"grant_types": GRANTS, "redirect_uris": [], "client_name": "Kettle"}
        self.client: RegisteredClient = auth.register(**(without_browser | metadata))
        self.codes: dict[str, Any] = {}

    def ask(self, **changes: Any) -> Any:
        """The answer of the device authorization endpoint; what it gave is remembered."""
        answer = self.auth.http.post("/device_authorization", data=self.client.credential | changes)
        self.codes = answer.json() if answer.status_code == 200 else {}
        return answer

    def started(self, **changes: Any) -> "Device":
        """The device, showing its code."""
        assert self.ask(**changes).status_code == 200
        return self

    def poll(self, **changes: Any) -> Any:
        """The token endpoint's answer."""
        form = {"grant_type": GRANT_TYPE, "device_code": self.codes["device_code"], **self.client.credential}
        return self.auth.http.post("/token", data=form | changes)


def enter(auth: AuthHarness, code: str, browser: TestClient | None = None) -> Any:
    """What typing a code leads to."""
    browser = browser or auth.http
    fields = form_fields(browser.get("/device").text, "/device") | {"user_code": [code]}
    return browser.post("/device", data=fields, headers=own_origin(browser))


def answer(auth: AuthHarness, device: Device, decision: str = "approve", **choices: Any) -> Any:
    """The person types the device's code, and presses Connect or Cancel."""
    page = enter(auth, device.codes["user_code"])
    assert page.status_code == 200, page.text
    return send(auth, form_fields(page.text, "/device") | {"decision": [decision]} | choices)


def send(auth: AuthHarness, fields: dict[str, Any]) -> Any:
    """The consent form, with the password where the page asks for it."""
    password = {"password": [PASSWORD]} if fields.get("password") == [""] else {}
    return auth.http.post("/device", data=fields | password, headers=own_origin(auth.http))
