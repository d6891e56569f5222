"""Signing in with other providers (OpenID Connect Core, RFC 9700 §4.4): a second Ostiary, and one that lies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey, OctKey
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.membership.invitations import invite
from auth_server.models import BrowserSession, Grant, LinkedIdentity, UpstreamSignIn, User
from auth_server.oauth.pkce import challenge_of
from shared.clock import epoch, now
from tests.auth_harness import PASSWORD, AuthHarness, auth_settings, later
from tests.consent_form import form_fields, own_origin
from tests.scripted_provider import CLIENT_ID, SECRET, Script, ScriptedProvider, scripted_provider
from tests.second_ostiary import SecondOstiary, second_ostiary
from tests.servers import free_port

ISSUER = "http://localhost:9000"
SECURITY = "/account/security"
_people = count(1)


@dataclass
class Place:
    """One server with several providers; each test brings browsers and people of its own."""

    auth: AuthHarness
    second: SecondOstiary
    scripted: ScriptedProvider

    def invited(self, email: str) -> None:
        """Somebody may make an account."""
        with self.auth.database() as session:
            invite(session, self.auth.settings, email)

    def people(self, email: str) -> list[User]:
        """The accounts of this address."""
        with self.auth.database() as session:
            return list(session.exec(select(User).where(User.email == email)))


@pytest.fixture(scope="module")
def settled_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A second Ostiary, a scripted provider as OpenID provider and as GitHub, and one that is down."""
    folder = tmp_path_factory.mktemp("providers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        ways_back = [f"{ISSUER}/login/back/second"]
        with second_ostiary(folder / "second", ways_back) as second, scripted_provider() as scripted:
            down = scripted.entry("down", issuer=f"http://localhost:{free_port()}")
            entries = [
                second.entry("second"),
                scripted.entry("scripted"),
                scripted.entry("other"),
                scripted.entry("hub", "github"),
                down,
            ]
            auth = AuthHarness(auth_settings(folder / "first", providers=json.dumps(entries)))
            with auth.http:
                yield Place(auth, second, scripted)


@pytest.fixture
def place(settled_place: Place) -> Place:
    """The same, with nothing scripted and no limits used up."""
    settled_place.scripted.script = Script(claims={"sub": f"subject-{next(_people)}"})
    settled_place.auth.services.limiter.storage.reset()
    return settled_place


@pytest.fixture
def browser(place: Place) -> TestClient:
    """A new one."""
    return place.auth.new_browser()


@pytest.fixture
def email() -> str:
    """An address that nobody used before."""
    return f"person-{next(_people)}@example.org"


def set_out(browser: TestClient, provider: str, target: str = "") -> Any:
    """Presses the button of the provider; the answer."""
    fields = form_fields(browser.get("/login", params={"next": target}).text, f"/login/with/{provider}")
    return browser.post(f"/login/with/{provider}", data=fields, headers=own_origin(browser))


def scripted_sign_in(place: Place, browser: TestClient, provider: str = "scripted", **answer: str) -> Any:
    """The whole way with the scripted provider; the answer of the way back."""
    back = place.scripted.approve(set_out(browser, provider).headers["location"], **answer)
    return browser.get(f"/login/back/{provider}?{back}")


def is_signed_in(browser: TestClient) -> bool:
    """Whether a page of the account opens."""
    return browser.get("/account/apps").status_code == 200


def query_of(location: str) -> dict[str, str]:
    """The parameters, each of which came once."""
    return {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}


def test_the_press_of_the_button_sets_state_pkce_and_nonce(place: Place, browser: TestClient) -> None:
    """AS-32, RFC 7636, OIDC Core §3.1.2.1: new ones at every press, and nothing readable of them is stored."""
    first, again = (query_of(set_out(browser, "second").headers["location"]) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != again[name]
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"{ISSUER}/login/back/second"
    with place.auth.database() as session:
        rows = [row.model_dump_json() for row in session.exec(select(UpstreamSignIn))]
    assert rows
    assert not [row for row in rows if first["state"] in row or first["nonce"] in row]


def test_the_verifier_belongs_to_the_challenge(place: Place, browser: TestClient, email: str) -> None:
    """AS-32, RFC 7636 §4.6: what the token endpoint gets is what the browser's request promised."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    location = set_out(browser, "scripted").headers["location"]
    browser.get(f"/login/back/scripted?{place.scripted.approve(location)}")
    [form] = place.scripted.script.asked
    assert challenge_of(form["code_verifier"]) == query_of(location)["code_challenge"]
    assert form["redirect_uri"] == f"{ISSUER}/login/back/scripted"


def test_looking_at_the_page_sets_nothing_out(browser: TestClient) -> None:
    """AS-32: neither a GET nor another site's form begins a sign-in."""
    assert browser.get("/login/with/second").status_code == 405
    assert browser.post("/login/with/second", data={}, headers=own_origin(browser)).status_code == 403
    assert browser.post("/login/with/nobody", data={}, headers=own_origin(browser)).status_code in (403, 404)


def test_an_invited_person_signs_in_with_another_ostiary(place: Place, browser: TestClient, email: str) -> None:
    """AS-32, OIDC Core §3.1: the provider's word makes the account once, and opens it from then on."""
    place.second.person(email, name="Ada Lovelace")
    place.invited(email)
    for each in (browser, place.auth.new_browser()):
        back = place.second.approve(set_out(each, "second").headers["location"], email)
        answer = each.get(back)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account/apps")
        assert is_signed_in(each)
    [user] = place.people(email)
    assert (user.name, user.has_password, user.email_verified_at is not None) == ("Ada Lovelace", False, True)
    with place.auth.database() as session:
        methods = session.exec(select(BrowserSession.methods).where(BrowserSession.user_id == user.id)).all()
    assert set(methods) == {"fed"}


def test_a_sign_in_yields_a_session_and_nothing_else(place: Place, browser: TestClient, email: str) -> None:
    """AS-32, AS-15: an app that waits behind it is asked about on its page; no grant comes of the way back."""
    client = place.auth.register()
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    wanted = browser.get("/authorize", params=place.auth.authorization_parameters(client))
    target = query_of(wanted.headers["location"])["next"]
    back = place.scripted.approve(set_out(browser, "scripted", target).headers["location"])
    answer = browser.get(f"/login/back/scripted?{back}")
    assert answer.headers["location"].startswith("/authorize?")
    assert "Connect" in browser.get(answer.headers["location"]).text
    with place.auth.database() as session:
        assert session.exec(select(Grant).where(Grant.client_id == client.id)).all() == []


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:0"])
def test_a_sign_in_leads_to_own_pages_alone(place: Place, browser: TestClient, email: str, target: str) -> None:
    """AS-36: whatever the form says."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    fields = form_fields(browser.get("/login").text, "/login/with/scripted") | {"next": [target]}
    sent = browser.post("/login/with/scripted", data=fields, headers=own_origin(browser))
    back = place.scripted.approve(sent.headers["location"])
    assert browser.get(f"/login/back/scripted?{back}").headers["location"] == "/account/apps"


def test_a_state_is_good_once(place: Place, browser: TestClient, email: str) -> None:
    """AS-32: the second delivery of an answer signs nobody in."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    back = place.scripted.approve(set_out(browser, "scripted").headers["location"])
    form_cookie = dict(browser.cookies)
    assert browser.get(f"/login/back/scripted?{back}").status_code == 303
    again = place.auth.new_browser()
    again.cookies.update(form_cookie)
    assert again.get(f"/login/back/scripted?{back}").status_code == 400
    assert not is_signed_in(again)


def test_a_state_is_good_for_ten_minutes(place: Place, browser: TestClient) -> None:
    """AS-32."""
    back = place.scripted.approve(set_out(browser, "scripted").headers["location"])
    with later(minutes=10, seconds=1):
        assert browser.get(f"/login/back/scripted?{back}").status_code == 400
    assert place.scripted.script.asked == []


def test_an_answer_belongs_to_the_browser_that_set_out(place: Place, browser: TestClient) -> None:
    """AS-32, RFC 9700 §4.7: nobody is signed in to somebody else's account by a link."""
    back = place.scripted.approve(set_out(browser, "scripted").headers["location"])
    victim = place.auth.new_browser()
    victim.get("/login")
    assert victim.get(f"/login/back/scripted?{back}").status_code == 400
    assert not is_signed_in(victim)


def test_one_provider_never_answers_for_another(place: Place, browser: TestClient) -> None:
    """AS-32, RFC 9700 §4.4: each has a way back of its own, and its code goes to no other token endpoint."""
    back = place.scripted.approve(set_out(browser, "scripted").headers["location"])
    assert browser.get(f"/login/back/other?{back}").status_code == 400
    assert browser.get(f"/login/back/second?{back}").status_code == 400
    assert place.scripted.script.asked == []


@pytest.mark.parametrize("iss", ["https://evil.example", "http://localhost:1", "x"])
def test_an_answer_that_names_another_sender_is_not_used(place: Place, browser: TestClient, iss: str) -> None:
    """AS-32, RFC 9207 §2.4."""
    assert scripted_sign_in(place, browser, iss=iss).status_code == 400
    assert place.scripted.script.asked == []


def test_a_provider_that_names_itself_always_does(place: Place, browser: TestClient, email: str) -> None:
    """RFC 9207 §2.4: the second Ostiary announces `iss`, so an answer without it is not its own."""
    place.second.person(email)
    back = place.second.approve(set_out(browser, "second").headers["location"], email)
    assert browser.get(back.partition("&iss=")[0]).status_code == 400


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "somebody else"},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": 2**40},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 7},
    ],
    ids=str,
)
def test_an_id_token_that_does_not_hold_signs_nobody_in(
    place: Place, browser: TestClient, email: str, claims: dict[str, Any]
) -> None:
    """AS-32, OIDC Core §3.1.3.7: issuer, audience, nonce, time and subject."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True} | claims
    answer = scripted_sign_in(place, browser)
    assert answer.status_code == 400
    assert "could not be verified" in answer.text
    assert not is_signed_in(browser)
    assert place.people(email) == []


@pytest.mark.parametrize(
    "script",
    [
        Script(key=ECKey.generate_key("P-256", {"kid": "one"})),
        Script(key=OctKey.import_key(SECRET), header={"alg": "HS256"}),
        Script(header={"alg": "none"}),
        Script(header={"kid": "unknown"}),
    ],
    ids=["another key", "the secret", "no signature", "unknown kid"],
)
def test_an_id_token_that_the_provider_did_not_sign_signs_nobody_in(
    place: Place, browser: TestClient, script: Script
) -> None:
    """AS-32, RFC 8725 §3.1, §3.2: an allowlist of algorithms, and the provider's published keys alone."""
    script.claims = {"sub": "victim", "email": "v@example.org", "email_verified": True}
    place.scripted.script = script
    assert scripted_sign_in(place, browser).status_code == 400
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "script",
    [
        Script(status=500, token={}),
        Script(status=400, token={"error": "invalid_grant"}),
        Script(status=200, token="no token"),
        Script(status=200, token=[]),
        Script(status=200, token={"access_token": 7}),
        Script(status=200, token={"access_token": "at", "expires_in": "x", "token_type": "Bearer"}),
        Script(status=200, token={"access_token": "at", "token_type": "Bearer", "id_token": "a.b.c"}),
        Script(status=200, token={"access_token": "at", "token_type": "Bearer", "id_token": "x" * 300_000}),
        Script(redirect="http://localhost:9000/health"),
    ],
    ids=str,
)
def test_strange_answers_get_a_page(place: Place, browser: TestClient, script: Script) -> None:
    """AS-32, AS-121: nobody is signed in, nothing is lost, and no answer of ours is a 5xx."""
    place.scripted.script = script
    answer = scripted_sign_in(place, browser)
    assert answer.status_code == 400
    assert "Reference" in answer.text


def test_a_provider_that_is_down_is_said_so(browser: TestClient) -> None:
    """AS-32: a sentence, and the other ways stay."""
    answer = set_out(browser, "down")
    assert answer.status_code == 400
    assert "does not answer right now" in answer.text


@pytest.mark.parametrize("error", ["access_denied", "server_error", "<script>"])
def test_cancelling_there_leads_back_here(browser: TestClient, error: str) -> None:
    """RFC 6749 §4.1.2.1: what the provider says is repeated nowhere."""
    state = query_of(set_out(browser, "scripted").headers["location"])["state"]
    answer = browser.get("/login/back/scripted", params={"state": state, "error": error})
    assert answer.status_code == 400
    assert "You did not sign in with Scripted" in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("query", ["", "state=a", "code=a", "state=a&state=b", "state=%00&code=%ff", "a=1&" * 600])
def test_what_belongs_to_no_sign_in_gets_a_page(browser: TestClient, query: str) -> None:
    """AS-121."""
    assert browser.get(f"/login/back/scripted?{query}").status_code in (400, 403)
    assert browser.get(f"/login/back/nobody?{query}").status_code == 404


def test_an_identity_is_known_by_its_subject_alone(place: Place, browser: TestClient, email: str) -> None:
    """AS-32, OIDC Core §5.7: the same person under another address, and another one under the same."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    scripted_sign_in(place, browser)
    place.scripted.script.claims |= {"email": "renamed@example.org"}
    again = place.auth.new_browser()
    assert scripted_sign_in(place, again).status_code == 303
    place.scripted.script.claims = {"sub": "another subject", "email": email, "email_verified": True}
    stranger = place.auth.new_browser()
    answer = scripted_sign_in(place, stranger)
    assert answer.status_code == 403
    assert "has an account here already" in answer.text
    assert not is_signed_in(stranger)


def test_an_address_that_merely_looks_like_an_invited_one_opens_nothing(place: Place, browser: TestClient) -> None:
    """RFC 9700 §4.15: to mail servers the Kelvin sign is no k, nor is \u00df a double s."""
    for proved, invited in (
        ("\u212aate@example.org", "kate@example.org"),
        ("we\u00df@example.org", "wess@example.org"),
    ):
        place.invited(invited)
        place.scripted.script.claims |= {"sub": proved, "email": proved, "email_verified": True}
        assert scripted_sign_in(place, browser).status_code == 403
        assert place.people(invited) == []


def test_an_address_opens_no_account_that_exists(place: Place, browser: TestClient, email: str) -> None:
    """AS-32: not even a verified one; its owner signs in with the password first, then links."""
    place.auth.create_user(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    answer = scripted_sign_in(place, browser)
    assert answer.status_code == 403
    assert "Then link Scripted" in answer.text
    assert not is_signed_in(browser)


@pytest.mark.parametrize("claims", [{}, {"email_verified": False}, {"email_verified": "true"}])
def test_an_address_that_nobody_proved_makes_no_account(
    place: Place, browser: TestClient, email: str, claims: dict[str, Any]
) -> None:
    """OIDC Core §5.1: although it was invited."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email} | claims
    answer = scripted_sign_in(place, browser)
    assert answer.status_code == 403
    assert "You have no account here" in answer.text
    assert place.people(email) == []


def test_who_was_not_invited_makes_no_account(place: Place, browser: TestClient, email: str) -> None:
    """AS-32: `sign_up` decides for identities as for everybody."""
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    assert scripted_sign_in(place, browser).status_code == 403
    assert place.people(email) == []


def test_a_disabled_account_stays_closed(place: Place, browser: TestClient, email: str) -> None:
    """AS-34: whatever the provider says."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    scripted_sign_in(place, browser)
    with place.auth.database() as session:
        session.exec(select(User).where(User.email == email)).one().disabled_at = now()
    again = place.auth.new_browser()
    assert scripted_sign_in(place, again).status_code == 403
    assert not is_signed_in(again)


def confirmed(browser: TestClient, provider: str, action: str) -> Any:
    """Presses the button of the provider's page, with the password."""
    path = f"{SECURITY}/providers/{provider}"
    fields = form_fields(browser.get(path).text, f"{path}/{action}") | {"password": [PASSWORD]}
    return browser.post(f"{path}/{action}", data=fields, headers=own_origin(browser))


def linked(place: Place, browser: TestClient, provider: str = "scripted") -> Any:
    """Links the provider; the answer of the way back."""
    back = place.scripted.approve(confirmed(browser, provider, "link").headers["location"])
    return browser.get(f"/login/back/{provider}?{back}")


@pytest.fixture
def ada(place: Place, browser: TestClient, email: str) -> TestClient:
    """Somebody with a password, signed in."""
    place.auth.create_user(email)
    place.auth.sign_in(email, browser=browser)
    return browser


def test_a_linked_identity_signs_its_owner_in(place: Place, ada: TestClient) -> None:
    """AS-32: linked on the page Security, whatever address the provider has."""
    answer = linked(place, ada)
    assert answer.headers["location"] == f"{SECURITY}?done=linked"
    assert "Linked" in ada.get(SECURITY).text
    again = place.auth.new_browser()
    assert scripted_sign_in(place, again).status_code == 303
    assert is_signed_in(again)


def test_several_providers_open_one_account(place: Place, ada: TestClient, email: str) -> None:
    """AS-32: an OpenID provider, GitHub and a second Ostiary side by side."""
    place.second.person(f"elsewhere-{email}")
    place.scripted.script.user = {"id": next(_people)}
    assert linked(place, ada).status_code == linked(place, ada, "hub").status_code == 303
    location = confirmed(ada, "second", "link").headers["location"]
    ada.get(place.second.approve(location, f"elsewhere-{email}"))
    [user] = place.people(email)
    with place.auth.database() as session:
        known = session.exec(select(LinkedIdentity.provider).where(LinkedIdentity.user_id == user.id)).all()
    assert set(known) == {"scripted", "hub", "second"}


@pytest.mark.parametrize("action", ["link", "unlink"])
def test_linking_takes_the_password_on_plain_http(place: Place, ada: TestClient, action: str) -> None:
    """AS-115: a session cookie alone adds no way to sign in, and takes none away."""
    if action == "unlink":
        linked(place, ada)
    path = f"{SECURITY}/providers/scripted"
    fields = form_fields(ada.get(path).text, f"{path}/{action}")
    assert ada.post(f"{path}/{action}", data=fields, headers=own_origin(ada)).status_code == 400
    assert ada.post(f"{path}/{action}", data={"password": PASSWORD}, headers=own_origin(ada)).status_code == 403


def test_a_link_belongs_to_the_person_who_asked_for_it(place: Place, ada: TestClient, email: str) -> None:
    """AS-32: signed in as somebody else by the time the provider answers, nothing is linked."""
    back = place.scripted.approve(confirmed(ada, "scripted", "link").headers["location"])
    place.auth.create_user(f"other-{email}")
    ada.cookies.clear()
    place.auth.sign_in(f"other-{email}", browser=ada)
    assert ada.get(f"/login/back/scripted?{back}").status_code == 400


def test_one_identity_opens_one_account(place: Place, ada: TestClient, email: str) -> None:
    """AS-32: it is not moved by whoever holds it now."""
    linked(place, ada)
    place.auth.create_user(f"other-{email}")
    other = place.auth.new_browser()
    place.auth.sign_in(f"other-{email}", browser=other)
    answer = linked(place, other)
    assert answer.status_code == 409
    assert "belongs to somebody else" in answer.text


def test_an_unlinked_identity_signs_nobody_in(place: Place, ada: TestClient) -> None:
    """AS-32."""
    linked(place, ada)
    assert confirmed(ada, "scripted", "unlink").headers["location"] == f"{SECURITY}?done=unlinked"
    again = place.auth.new_browser()
    assert scripted_sign_in(place, again).status_code == 403
    assert not is_signed_in(again)


def test_the_last_way_to_sign_in_stays(place: Place, ada: TestClient, email: str) -> None:
    """AS-32: nobody locks themselves out of their account."""
    linked(place, ada)
    path = f"{SECURITY}/providers/scripted"
    fields = form_fields(ada.get(path).text, f"{path}/unlink") | {"password": [PASSWORD]}
    with place.auth.database() as session:
        user = session.exec(select(User).where(User.email == email)).one()
        kept, user.password_hash = user.password_hash, ""
    assert ada.post(f"{path}/unlink", data=fields, headers=own_origin(ada)).status_code == 400
    with place.auth.database() as session:
        session.exec(select(User).where(User.email == email)).one().password_hash = kept
    assert confirmed(ada, "scripted", "unlink").status_code == 303


@pytest.mark.parametrize(
    ("emails", "has_account"),
    [
        ([{"email": "{}", "primary": True, "verified": True}], True),
        ([{"email": "{}", "primary": True, "verified": False}], False),
        ([{"email": "{}", "primary": False, "verified": True}], False),
        ({"message": "Not found"}, False),
    ],
    ids=["verified", "not verified", "not primary", "no list"],
)
def test_github_says_who_by_number_and_which_address_is_proved(
    place: Place, browser: TestClient, email: str, emails: Any, *, has_account: bool
) -> None:
    """AS-32: GitHub's /user and /user/emails; an address of the profile proves nothing."""
    place.invited(email)
    place.scripted.script.user = {"id": next(_people), "login": "ada", "email": email}
    filled = json.loads(json.dumps(emails).replace("{}", email))
    place.scripted.script.emails = filled
    assert scripted_sign_in(place, browser, "hub").status_code == (303 if has_account else 403)
    assert len(place.people(email)) == has_account


@pytest.mark.parametrize("user", [{}, {"id": "7"}, {"id": True}, [], None])
def test_a_github_user_without_a_number_is_nobody(place: Place, browser: TestClient, user: Any) -> None:
    """AS-32: names there change hands."""
    place.scripted.script.user = user
    assert scripted_sign_in(place, browser, "hub").status_code == 400


def test_sign_ins_that_nobody_completes_are_limited(browser: TestClient) -> None:
    """AS-33: by the network they come from."""
    answers = [set_out(browser, "scripted").status_code for _ in range(31)]
    assert answers[:30] == [303] * 30
    assert answers[30] == 429


def test_a_fresh_sign_in_may_be_one_with_a_provider(place: Place, browser: TestClient, email: str) -> None:
    """OIDC Core §3.1.2.1: what an app that asks for a sign-in of now is told of it."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    scripted_sign_in(place, browser)
    client = place.auth.register()
    asked = place.auth.authorization_parameters(client, scope="openid", resource=None, prompt="login")
    login = browser.get("/authorize", params=asked).headers["location"]
    fields = form_fields(browser.get(login).text, "/login/with/scripted")
    sent = browser.post("/login/with/scripted", data=fields, headers=own_origin(browser)).headers["location"]
    there = browser.get(f"/login/back/scripted?{place.scripted.approve(sent)}").headers["location"]
    assert browser.get(there).status_code == 200
    with place.auth.database() as session:
        [user] = session.exec(select(User).where(User.email == email))
        newest = max(row.authenticated_at for row in session.exec(select(BrowserSession)) if row.user_id == user.id)
    assert epoch(now()) - epoch(newest) < 60


def test_who_has_no_password_signs_in_once_more_for_an_app(place: Place, browser: TestClient, email: str) -> None:
    """AS-31: on plain http a cookie alone approves nothing, and these people cannot type a password instead."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    scripted_sign_in(place, browser)
    asked = place.auth.authorization_parameters(place.auth.register())
    assert "again=1" in browser.get("/authorize", params=asked).headers["location"]
