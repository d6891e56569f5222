"""RFC 8628: a device without a browser asks, its person types a code elsewhere, and it gets its tokens once."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from auth_server.models import Client, DeviceCode, Grant
from auth_server.oauth.user_codes import ALPHABET, GRANT_TYPE
from auth_server.trust.client_verdicts import block_client
from tests.auth_harness import AuthHarness, error_of, later
from tests.consent_form import form_fields, own_origin
from tests.devices import Device, answer, enter, send

WAITS, SLOWER = (400, "authorization_pending"), (400, "slow_down")


@pytest.fixture
def device(ada: AuthHarness) -> Device:
    """A device of Ada's that shows its code."""
    return Device(ada).started()


def test_a_device_gets_two_codes_and_where_to_type_one(device: Device) -> None:
    """AS-85, RFC 8628 §3.2, §6.1: eight letters of twenty, in two halves; the link carries them."""
    codes = device.codes
    assert re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", codes["user_code"])
    assert codes["verification_uri"] == f"{device.auth.settings.issuer}/device"
    assert codes["verification_uri_complete"] == f"{codes['verification_uri']}?user_code={codes['user_code']}"
    assert (codes["expires_in"], codes["interval"]) == (900, 5)


def test_no_code_is_stored_readable(device: Device) -> None:
    """RFC 8628 §5.2: and the short one not even as a plain digest, which could be counted through."""
    with device.auth.database() as session:
        row = session.exec(select(DeviceCode)).one()
    assert device.codes["device_code"] not in row.model_dump_json()
    assert device.codes["user_code"] not in row.model_dump_json()


def test_an_approved_device_gets_its_tokens(ada: AuthHarness, device: Device) -> None:
    """AS-85, RFC 8628 §3.4: as an authorization code would give them."""
    assert error_of(device.poll()) == WAITS
    done = answer(ada, device)
    assert (done.status_code, done.headers["location"]) == (303, "/device/done")
    body = device.poll().json()
    claims = ada.introspect(body["access_token"])
    assert claims["sub"].startswith("usr_")
    assert claims["scope"] == "memory:read memory:write"
    assert ada.refresh(device.client, body["refresh_token"]).status_code == 200


def test_what_the_person_left_of_the_request_is_what_the_device_gets(ada: AuthHarness, device: Device) -> None:
    """AS-26: the same choices as for any app."""
    answer(ada, device, scope=["memory:read"], read=["personal"], write=[], lifetime=["3600"])
    body = device.poll().json()
    assert body["authorization_details"] == [{"type": "memory", "actions": ["read"], "namespaces": ["personal"]}]
    with later(hours=2):
        assert ada.introspect(body["access_token"]) == {"active": False}


def test_a_device_asks_for_less_with_scope_and_details(ada: AuthHarness) -> None:
    """RFC 8628 §3.1, RFC 9396 §4."""
    details = '[{"type":"memory","actions":["read"],"namespaces":["work"]}]'
    device = Device(ada).started(scope="memory:read", authorization_details=details)
    answer(ada, device, read=["work"])
    assert device.poll().json()["authorization_details"][0]["namespaces"] == ["work"]


def test_a_refused_device_is_told_so(ada: AuthHarness, device: Device) -> None:
    """RFC 8628 §3.5."""
    assert answer(ada, device, "deny").headers["location"] == "/device/done?denied=1"
    assert error_of(device.poll()) == (400, "access_denied")
    assert "consent_denied" in ada.audited(device.client.id)


def test_a_device_that_asks_too_often_has_to_slow_down(device: Device) -> None:
    """AS-85, RFC 8628 §3.5: by five seconds each time, and it stays that slow."""
    assert error_of(device.poll()) == WAITS
    with later(seconds=2):
        assert error_of(device.poll()) == SLOWER
    with later(seconds=8):
        assert error_of(device.poll()) == SLOWER
    with later(seconds=8 + 15):
        assert error_of(device.poll()) == WAITS


def test_a_device_that_keeps_the_interval_is_never_told_to_slow_down(device: Device) -> None:
    """RFC 8628 §3.5."""
    for number in range(5):
        with later(seconds=number * 5):
            assert error_of(device.poll()) == WAITS


def test_a_code_expires_and_the_device_is_told(ada: AuthHarness, device: Device) -> None:
    """RFC 8628 §3.5: also when the person answered and the device did not come back for it."""
    answer(ada, device)
    with later(minutes=15, seconds=1):
        assert error_of(device.poll()) == (400, "expired_token")
    with later(hours=3):
        Device(ada).started()
        assert error_of(device.poll()) == (400, "invalid_grant")


def test_a_device_code_is_good_once(ada: AuthHarness, device: Device) -> None:
    """AS-85, RFC 8628 §3.4."""
    answer(ada, device)
    assert device.poll().status_code == 200
    assert error_of(device.poll()) == (400, "invalid_grant")


def test_of_many_redemptions_at_once_one_succeeds(ada: AuthHarness, device: Device) -> None:
    """AS-85: the database decides."""
    answer(ada, device)
    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(lambda _: device.poll().status_code, range(8)))
    assert answers == [200] + [400] * 7


def test_another_clients_code_gives_nothing_and_stays_good(ada: AuthHarness, device: Device) -> None:
    """RFC 8628 §3.4, RFC 6749 §5.2."""
    other = Device(ada)
    answer(ada, device)
    assert error_of(device.poll(**other.client.credential)) == (400, "invalid_grant")
    assert device.poll().status_code == 200


def test_a_device_with_a_secret_proves_itself(ada: AuthHarness) -> None:
    """RFC 8628 §3.1, RFC 6749 §3.2.1: at both endpoints."""
    device = Device(ada, token_endpoint_auth_method="client_secret_post")
    assert error_of(device.ask(client_secret="cs_wrong")) == (401, "invalid_client")
    device.started()
    assert error_of(device.poll(client_secret="cs_wrong")) == (401, "invalid_client")
    assert error_of(device.poll()) == WAITS


def test_a_client_that_did_not_register_for_it_gets_no_codes(ada: AuthHarness) -> None:
    """RFC 6749 §5.2."""
    client = ada.register()
    refused = ada.http.post("/device_authorization", data=client.credential)
    assert error_of(refused) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"authorization_details": "["}, "invalid_authorization_details"),
        ({"client_id": "\0"}, "invalid_client"),
    ],
)
def test_what_cannot_be_asked_is_said_at_once(ada: AuthHarness, changes: dict[str, str], code: str) -> None:
    """RFC 8628 §3.2, RFC 6749 §5.2: before anybody types anything."""
    assert Device(ada).ask(**changes).json()["error"] == code


def test_a_client_without_redirect_uris_registers_for_devices_alone(ada: AuthHarness) -> None:
    """RFC 7591 §2: and one that takes codes too still needs them."""
    client = Device(ada).client
    assert client.information["grant_types"] == ["refresh_token", GRANT_TYPE]
    assert (client.information["redirect_uris"], client.information["response_types"]) == ([], [])
    both = {"redirect_uris": [], "grant_types": ["authorization_code", GRANT_TYPE]}
    assert ada.http.post("/register", json=both).json()["error"] == "invalid_redirect_uri"


def test_a_blocked_device_gets_nothing(ada: AuthHarness, device: Device) -> None:
    """AS-50: no codes, no page, no tokens."""
    answer(ada, device)
    other = Device(ada).started()
    with ada.database() as session:
        for blocked in (device, other):
            block_client(session, session.get_one(Client, blocked.client.id))
    assert error_of(device.poll()) == (400, "invalid_grant")
    assert enter(ada, other.codes["user_code"]).status_code == 400
    assert device.ask().status_code == 400


def test_a_link_with_the_code_only_fills_it_in(ada: AuthHarness, device: Device) -> None:
    """AS-85, RFC 8628 §3.3.1, §5.4: nothing is connected, and nothing even asked, before the person goes on."""
    page = ada.http.get(device.codes["verification_uri_complete"])
    assert form_fields(page.text, "/device")["user_code"] == [device.codes["user_code"]]
    assert "Kettle" not in page.text
    assert error_of(device.poll()) == WAITS


def test_the_page_shows_the_app_and_warns(ada: AuthHarness, device: Device) -> None:
    """AS-85, RFC 8628 §5.4: who asks, how they are known, and to go on only if one started it oneself."""
    page = enter(ada, device.codes["user_code"]).text
    assert "Connect Kettle?" in page
    assert "unverified" in page
    assert "Go on only if you started this yourself" in page
    assert device.codes["user_code"] in page


def test_strangers_sign_in_first_and_come_back_with_the_code(device: Device) -> None:
    """RFC 8628 §3.3."""
    stranger = device.auth.new_browser()
    sent = stranger.get(device.codes["verification_uri_complete"])
    assert sent.status_code == 303
    assert device.codes["user_code"] in sent.headers["location"]
    assert sent.headers["location"].startswith("/login?next=")


@pytest.mark.parametrize("between", ["", " ", ".", " - "])
def test_a_code_may_be_typed_in_any_way(ada: AuthHarness, device: Device, between: str) -> None:
    """RFC 8628 §6.1."""
    assert enter(ada, f" {device.codes['user_code'].lower().replace('-', between)} ").status_code == 200


def test_wrong_expired_and_used_codes_answer_alike(ada: AuthHarness, device: Device) -> None:
    """AS-109, RFC 8628 §5.1: the same status and the same page."""
    used, expired = Device(ada).started(), device
    answer(ada, used)
    answers = [enter(ada, code) for code in ("BBBB-BBBB", used.codes["user_code"], "", "AEIOU", "\0" * 9, "x" * 10_000)]
    with later(minutes=15, seconds=1):
        answers.append(enter(ada, expired.codes["user_code"]))
    assert {one.status_code for one in answers} == {400}
    assert len({_without_token(one.text) for one in answers}) == 1


def test_attempts_are_limited_for_each_account(ada: AuthHarness, device: Device) -> None:
    """AS-85, AS-109, RFC 8628 §5.1: twenty in a quarter of an hour, wherever they come from."""
    assert {enter(ada, "BBBB-BBBB").status_code for _ in range(20)} == {400}
    refused = enter(ada, device.codes["user_code"])
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")


def test_a_code_that_somebody_answers_meanwhile_is_over(ada: AuthHarness, device: Device) -> None:
    """AS-85: of two people at two pages one decides."""
    first, second = (form_fields(enter(ada, device.codes["user_code"]).text, "/device") for _ in range(2))
    assert send(ada, first | {"decision": ["deny"]}).status_code == 303
    assert send(ada, second | {"decision": ["approve"]}).status_code == 400
    assert error_of(device.poll()) == (400, "access_denied")
    with ada.database() as session:
        assert session.exec(select(Grant)).all() == []


def test_many_approvals_at_once_make_one_grant(ada: AuthHarness, device: Device) -> None:
    """AS-85: in two tabs, or with a double click."""
    forms = [form_fields(enter(ada, device.codes["user_code"]).text, "/device") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(lambda form: send(ada, form | {"decision": ["approve"]}).status_code, forms))
    assert answers == [303, 400, 400, 400]
    with ada.database() as session:
        assert len(session.exec(select(Grant)).all()) == 1


def test_a_double_click_leads_where_the_first_click_led(ada: AuthHarness, device: Device) -> None:
    """The browser shows the answer to the last one."""
    form = form_fields(enter(ada, device.codes["user_code"]).text, "/device") | {"decision": ["approve"]}
    assert [send(ada, form).headers["location"] for _ in range(2)] == ["/device/done"] * 2
    with later(minutes=1):
        assert send(ada, form).status_code == 403


def test_on_plain_http_the_password_goes_with_the_approval(ada: AuthHarness, device: Device) -> None:
    """AS-115: a cookie alone connects nothing there."""
    form = form_fields(enter(ada, device.codes["user_code"]).text, "/device") | {"decision": ["approve"]}
    assert ada.http.post("/device", data=form, headers=own_origin(ada.http)).status_code == 400
    wrong = ada.http.post("/device", data=form | {"password": ["wrong"]}, headers=own_origin(ada.http))
    assert wrong.status_code == 400
    assert error_of(device.poll()) == WAITS


def test_a_choice_of_nothing_shows_the_page_again(ada: AuthHarness, device: Device) -> None:
    """AS-26: and the code can still be answered."""
    assert answer(ada, device, scope=[]).status_code == 400
    assert answer(ada, device).status_code == 303


def test_a_connected_device_is_among_the_connected_apps(ada: AuthHarness, device: Device) -> None:
    """AS-30: it leads nowhere, and says so."""
    answer(ada, device)
    device.poll()
    page = ada.http.get("/account/apps").text
    assert "Kettle" in page
    assert "a device" in page


def test_the_metadata_names_the_endpoint_and_the_grant(ada: AuthHarness) -> None:
    """RFC 8628 §4."""
    metadata = ada.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["device_authorization_endpoint"] == f"{ada.settings.issuer}/device_authorization"
    assert GRANT_TYPE in metadata["grant_types_supported"]


def _without_token(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)
