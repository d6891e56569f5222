"""Trust rules from the page and the API; what they mean is in tests/spec/test_trust_rules.py."""

import pytest

from tests.admin.api import AdminApi, send_form
from tests.auth_harness import CALLBACK, AuthHarness, error_of

PAGE = "/admin/trust"


def test_the_api_turns_the_switches(api: AdminApi) -> None:
    assert api.get("/trust").json()["registration"] == "open"
    changed = api.ask("PATCH", "/trust", json={"registration": "off", "documents": False}).json()
    assert (changed["registration"], changed["documents"]) == ("off", False)
    assert api.auth.http.post("/register", json={"redirect_uris": [CALLBACK]}).status_code == 403
    [event] = api.get("/audit", q="registration", kind="trust_rule_changed").json()["items"]
    assert event["by"] == api.root.id


def test_the_api_rules_hosts(api: AdminApi) -> None:
    assert api.post("/trust/hosts", host="Claude.AI", verdict="allow").json()["allowed_hosts"] == ["claude.ai"]
    assert api.post("/trust/hosts", host="*.evil.example", verdict="deny").json()["denied_hosts"] == ["*.evil.example"]
    assert api.post("/trust/hosts/forget", host="claude.ai").json()["allowed_hosts"] == []
    assert error_of(api.post("/trust/hosts/forget", host="claude.ai")) == (404, "not_found")


@pytest.mark.parametrize("body", [{}, {"host": "https://x", "verdict": "allow"}, {"host": "x.example", "verdict": "?"}])
def test_what_is_no_rule_is_said(api: AdminApi, body: dict[str, str]) -> None:
    assert error_of(api.post("/trust/hosts", **body)) == (422, "invalid_request")


def test_a_token_of_the_api_registers_until_all_are_ended(api: AdminApi) -> None:
    api.ask("PATCH", "/trust", json={"registration": "token"})
    made = api.post("/trust/initial-access-tokens", days=1)
    assert (made.status_code, made.json()["expires_in"]) == (201, 86400)
    bearer = {"Authorization": f"Bearer {made.json()['initial_access_token']}"}
    document = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
    assert api.auth.http.post("/register", json=document, headers=bearer).status_code == 201
    assert api.ask("DELETE", "/trust/initial-access-tokens").json() == {"revoked": 1}
    assert api.auth.http.post("/register", json=document, headers=bearer).status_code == 401


def test_the_page_turns_the_switches(root: AuthHarness) -> None:
    answer = send_form(root, PAGE, f"{PAGE}/registration", registration="off")
    assert answer.headers["location"] == "/admin/trust?done=registration"
    send_form(root, PAGE, f"{PAGE}/documents", documents="off")
    assert root.http.post("/register", json={"redirect_uris": [CALLBACK]}).status_code == 403


def test_the_page_rules_hosts(root: AuthHarness) -> None:
    send_form(root, PAGE, f"{PAGE}/hosts", host="claude.ai", verdict="allow")
    assert "<code>claude.ai</code>" in root.http.get(PAGE).text
    send_form(root, PAGE, f"{PAGE}/hosts", host="claude.ai", verdict="forget")
    assert "<code>claude.ai</code>" not in root.http.get(PAGE).text


def test_the_page_shows_a_token_once(root: AuthHarness) -> None:
    made = send_form(root, PAGE, f"{PAGE}/tokens", days="3")
    assert (made.status_code, "iat_" in made.text, made.headers["cache-control"]) == (200, True, "no-store")
    assert "iat_" not in root.http.get(PAGE).text
    send_form(root, PAGE, f"{PAGE}/tokens/revoke")
    assert "None is good now" in root.http.get(PAGE).text


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("hosts", {"host": "https://no/host", "verdict": "allow"}),
        ("hosts", {"host": "\x00" * 5000, "verdict": "deny"}),
        ("tokens", {"days": "0"}),
        ("tokens", {"days": "9" * 5000}),
    ],
)
def test_the_page_says_what_to_mend(root: AuthHarness, form: str, fields: dict[str, str]) -> None:
    answer = send_form(root, PAGE, f"{PAGE}/{form}", **fields)
    assert (answer.status_code, "aria-invalid" in answer.text) == (400, True)


@pytest.mark.parametrize("form", ["registration", "documents"])
def test_a_choice_that_is_none_changes_nothing(root: AuthHarness, form: str) -> None:
    send_form(root, PAGE, f"{PAGE}/{form}", **{form: "everything"})
    assert root.register().id
